namespace ManagedCuda.BasicTypes;

// The values that this project uses; any other value of the driver passes through as a number.

/// <summary>Result of a driver call.</summary>
public enum CUResult
{
    /// <summary>Done.</summary>
    Success = 0,

    /// <summary>A parameter is out of range.</summary>
    ErrorInvalidValue = 1,

    /// <summary>No room on the device.</summary>
    ErrorOutOfMemory = 2,

    /// <summary>The driver is not initialised.</summary>
    ErrorNotInitialized = 3,

    /// <summary>No device.</summary>
    ErrorNoDevice = 100,

    /// <summary>No device of this number.</summary>
    ErrorInvalidDevice = 101,

    /// <summary>The module image is not valid.</summary>
    ErrorInvalidImage = 200,

    /// <summary>No context is current on this thread.</summary>
    ErrorInvalidContext = 201,

    /// <summary>The image holds no code for this device.</summary>
    ErrorNoBinaryForGPU = 209,

    /// <summary>The PTX is not valid.</summary>
    ErrorInvalidPtx = 218,

    /// <summary>The PTX is newer than the driver.</summary>
    UnsupportedPTXVersion = 222,

    /// <summary>No such name.</summary>
    ErrorNotFound = 500,

    /// <summary>Work is still running.</summary>
    ErrorNotReady = 600,

    /// <summary>A kernel touched an invalid address.</summary>
    ErrorIllegalAddress = 700,

    /// <summary>Too many registers or too much shared memory.</summary>
    ErrorLaunchOutOfResources = 701,

    /// <summary>A kernel touched a misaligned address.</summary>
    ErrorMisalignedAddress = 716,

    /// <summary>A kernel failed.</summary>
    ErrorLaunchFailed = 719,

    /// <summary>The device or driver cannot do this.</summary>
    ErrorNotSupported = 801,

    /// <summary>The operation cannot be captured in a graph.</summary>
    ErrorStreamCaptureUnsupported = 900,

    /// <summary>A capture was broken by an earlier error.</summary>
    ErrorStreamCaptureInvalidated = 901,

    /// <summary>Unknown.</summary>
    ErrorUnknown = 999,
}

/// <summary>A property of a device.</summary>
public enum CUDeviceAttribute
{
    /// <summary>Threads of a block.</summary>
    MaxThreadsPerBlock = 1,

    /// <summary>Bytes of shared memory of a block.</summary>
    MaxSharedMemoryPerBlock = 8,

    /// <summary>Multiprocessors.</summary>
    MultiProcessorCount = 16,

    /// <summary>Bytes of second-level cache.</summary>
    L2CacheSize = 38,

    /// <summary>Resident threads of a multiprocessor.</summary>
    MaxThreadsPerMultiProcessor = 39,

    /// <summary>Major compute capability.</summary>
    ComputeCapabilityMajor = 75,

    /// <summary>Minor compute capability.</summary>
    ComputeCapabilityMinor = 76,

    /// <summary>Bytes of shared memory of a multiprocessor.</summary>
    MaxSharedMemoryPerMultiprocessor = 81,

    /// <summary>Bytes of shared memory of a block that asks for it.</summary>
    MaxSharedMemoryPerBlockOptin = 97,
}

/// <summary>A property of a kernel.</summary>
public enum CUFunctionAttribute
{
    /// <summary>Largest block.</summary>
    MaxThreadsPerBlock = 0,

    /// <summary>Bytes of static shared memory.</summary>
    SharedSizeBytes = 1,

    /// <summary>Bytes of local memory of a thread.</summary>
    LocalSizeBytes = 3,

    /// <summary>Registers of a thread.</summary>
    NumRegs = 4,

    /// <summary>Largest dynamic shared memory.</summary>
    MaxDynamicSharedSizeBytes = 8,
}

/// <summary>Flags of cuInit.</summary>
public enum CUInitializationFlags : uint
{
    /// <summary>The only value.</summary>
    None = 0,
}

/// <summary>Flags of a stream.</summary>
public enum CUStreamFlags : uint
{
    /// <summary>Waits for the null stream.</summary>
    None = 0,

    /// <summary>Independent of the null stream.</summary>
    NonBlocking = 1,
}

/// <summary>Flags of an event.</summary>
public enum CUEventFlags
{
    /// <summary>With time.</summary>
    Default = 0,

    /// <summary>Waiting threads sleep.</summary>
    BlockingSync = 1,

    /// <summary>Without time, cheaper.</summary>
    DisableTiming = 2,
}

/// <summary>Which calls are forbidden while a stream is captured.</summary>
public enum CUstreamCaptureMode
{
    /// <summary>Unsafe calls of any thread.</summary>
    Global = 0,

    /// <summary>Unsafe calls of this thread.</summary>
    Local = 1,

    /// <summary>None.</summary>
    Relaxed = 2,
}

/// <summary>Flags of graph instantiation.</summary>
public enum CUgraphInstantiate_flags : ulong
{
    /// <summary>The default.</summary>
    None = 0,
}

/// <summary>Options of the driver's compiler.</summary>
public enum CUJITOption
{
    /// <summary>Registers of a thread.</summary>
    MaxRegisters = 0,
}
