using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>Every test device with every type, for fixtures whose constructor takes (<see cref="TestDevice"/>, <see cref="DType"/>).</summary>
public static class DeviceTypes
{
    public static IEnumerable<TestFixtureData> Real => With(DType.Float32, DType.Float64);

    public static IEnumerable<TestFixtureData> Complex => With(DType.Complex64, DType.Complex128);

    private static IEnumerable<TestFixtureData> With(params DType[] types) =>
        from device in new[] { TestDevices.Cpu, TestDevices.Cuda } from type in types select new TestFixtureData(device, type);
}
