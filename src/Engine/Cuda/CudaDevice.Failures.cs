using ManagedCuda.BasicTypes;
using ManagedCuda.CudaBlas;
using ManagedCuda.CudaFFT;

namespace Stardeq.Engine;

/// <content>One exception for every native error: operation, kernels and shapes, memory.</content>
public sealed partial class CudaDevice
{
    private readonly LaunchLog _log = new();
    private string? _loss; // message of the error after which the driver refuses everything

    /// <summary>Why nothing works any more: the first message of an error that a CUDA context does not survive; null while all is well.</summary>
    public string? Loss => _loss;

    internal void Require(CUResult result, string operation)
    {
        if (result != CUResult.Success)
        {
            DeviceException failure = CudaCheck.Failure(result, operation, Situation(), _synchronous);
            _loss ??= CudaCheck.EndsContext(result) ? failure.Message : null;
            throw failure;
        }
    }

    internal void Require(cufftResult result, string operation)
    {
        if (result != cufftResult.Success)
        {
            throw new DeviceException($"cuda: cuFFT could not {operation}: {result} ({(int)result}). {Situation()}");
        }
    }

    internal void Require(CublasStatus status, string operation)
    {
        if (status != CublasStatus.Success)
        {
            throw new DeviceException($"cuda: cuBLAS could not {operation}: {status} ({(int)status}). {Situation()}");
        }
    }

    private void RequireNotLost()
    {
        if (_loss is not null)
        {
            throw new DeviceException($"cuda: {this} is lost until the program ends, since this happened: {_loss}");
        }
    }

    private string Situation() => $"{_log.Describe()} Memory: {Ledger.Summary()}.";
}
