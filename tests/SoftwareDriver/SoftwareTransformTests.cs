using System.Numerics;
using ManagedCuda.BasicTypes;
using ManagedCuda.CudaFFT;
using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>
/// The software cuFFT against the sum that defines the transform, element (b, r, c) of a layout at
/// b · distance + (r · embed[1] + c) · stride.
/// </summary>
public sealed class SoftwareTransformTests
{
    /// <summary>Where the elements of a batch are.</summary>
    public readonly record struct Layout(int[] Embed, int Stride, int Distance)
    {
        public int Place(int batch, int row, int column) => (batch * Distance) + (((row * Embed[^1]) + column) * Stride);

        public override string ToString() => $"embed {string.Join('x', Embed)}, stride {Stride}, distance {Distance}";
    }

    private static IEnumerable<TestCaseData> Cases()
    {
        foreach (bool isDouble in new[] { false, true })
        {
            foreach (TransformDirection direction in Enum.GetValues<TransformDirection>())
            {
                foreach (int[] sizes in (int[][])[[1], [12], [17], [4, 6], [5, 3], [1, 8]])
                {
                    int rows = sizes.Length == 2 ? sizes[0] : 1, columns = sizes[^1], all = rows * columns;
                    int[] wide = [.. sizes.Select(n => n + 2)], other = [.. sizes.Select(n => n + 1)];
                    Layout packed = new(sizes, 1, all), apart = new(wide, 3, 3 * (rows + 2) * (columns + 2)), batchInside = new(other, 3, 1);
                    yield return new TestCaseData(sizes, packed, packed, true, direction, isDouble);
                    yield return new TestCaseData(sizes, packed, packed, false, direction, isDouble);
                    yield return new TestCaseData(sizes, apart, batchInside, false, direction, isDouble);
                    yield return new TestCaseData(sizes, apart, apart, true, direction, isDouble);
                }
            }
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Every_layout_gives_the_direct_sum(int[] sizes, Layout input, Layout output, bool inPlace, TransformDirection direction, bool isDouble)
    {
        Emulator.Require();
        const int Batch = 3;
        int rows = sizes.Length == 2 ? sizes[0] : 1, columns = sizes[^1];
        Complex[] values = Normals(Length(input)), expected = inPlace ? [.. values] : Enumerable.Repeat(new Complex(5, 5), Length(output)).ToArray();
        for (int b = 0; b < Batch; b++)
        {
            for (int r = 0; r < rows; r++)
            {
                for (int c = 0; c < columns; c++)
                {
                    expected[output.Place(b, r, c)] = Sum(b, r, c);
                }
            }
        }

        Complex[] actual = Execute(values, isDouble, output, inPlace, plan => Plan(plan, sizes, input, output, isDouble ? cufftType.Z2Z : cufftType.C2C, Batch), direction);

        // What lies between the elements stays; the elements are rounded once, of sums of at most 24 terms of about one.
        Assert.That(actual.Zip(expected, (a, e) => (a - e).Magnitude).Max(), Is.LessThan(isDouble ? 1e-13 : 1e-5));

        int Length(Layout layout) => layout.Place(Batch - 1, rows - 1, columns - 1) + 1;
        Complex Sum(int b, int r, int c)
        {
            Complex sum = 0;
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    double turns = ((double)i * r / rows) + ((double)j * c / columns);
                    Complex value = values[input.Place(b, i, j)];
                    sum += (isDouble ? value : new Complex((float)value.Real, (float)value.Imaginary)) * Complex.FromPolarCoordinates(1, 2 * Math.PI * (int)direction * turns);
                }
            }

            return sum;
        }
    }

    [Test]
    public void What_cuFFT_refuses_is_refused()
    {
        Emulator.Require();
        CudaLibraries.Require(CudaLibrary.Transforms);
        Layout packed = new([4], 1, 4);
        Assert.That(Planned([0], packed, cufftType.C2C, 1), Is.EqualTo(cufftResult.InvalidSize));
        Assert.That(Planned([4], packed, cufftType.C2C, 0), Is.EqualTo(cufftResult.InvalidSize));
        Assert.That(Planned([4], packed, (cufftType)7, 1), Is.EqualTo(cufftResult.InvalidType));
        Assert.That(Planned([2, 2, 2, 2], packed, cufftType.C2C, 1), Is.EqualTo(cufftResult.InvalidValue));
        Assert.That(Planned([4, 4], new([4, 3], 1, 16), cufftType.C2C, 1), Is.EqualTo(cufftResult.InvalidValue), "rows of the layout are shorter than those of the transform");
        Assert.That(CudaFFTNativeMethods.cufftDestroy(new cufftHandle { Handle = 9999 }), Is.EqualTo(cufftResult.InvalidPlan));

        CUdeviceptr data = Driver.Allocate(32), work = Driver.Allocate(8);
        Driver.Upload(data, new float[8]);
        cufftHandle plan = default;
        Require(CudaFFTNativeMethods.cufftCreate(ref plan));
        Assert.That(CudaFFTNativeMethods.cufftExecC2C(plan, data, data, TransformDirection.Forward), Is.EqualTo(cufftResult.InvalidPlan), "not planned yet");
        Require(CudaFFTNativeMethods.cufftSetAutoAllocation(plan, 0));
        Require(Plan(plan, [4], packed, packed, cufftType.C2C, 1));
        Assert.That(CudaFFTNativeMethods.cufftExecC2C(plan, data, data, TransformDirection.Forward), Is.EqualTo(cufftResult.ExecFailed), "no work area");
        Require(CudaFFTNativeMethods.cufftSetWorkArea(plan, work));
        Assert.That(CudaFFTNativeMethods.cufftExecC2C(plan, data, data, TransformDirection.Forward), Is.EqualTo(cufftResult.ExecFailed), "too small a work area");
        Assert.That(Emulator.TakeReports(), Does.Contain("work area does not hold"));
        Assert.That(CudaFFTNativeMethods.cufftExecZ2Z(plan, data, data, TransformDirection.Forward), Is.EqualTo(cufftResult.InvalidValue), "another type");
        Assert.That(Emulator.Leaks(), Does.Contain("cuFFT plans"));
        Require(CudaFFTNativeMethods.cufftDestroy(plan));
        Array.ForEach([data, work], Driver.Free);

        cufftResult Planned(int[] sizes, Layout layout, cufftType type, int batch)
        {
            cufftHandle made = default;
            Require(CudaFFTNativeMethods.cufftCreate(ref made));
            cufftResult result = Plan(made, sizes, layout, layout, type, batch);
            Require(CudaFFTNativeMethods.cufftDestroy(made));
            return result;
        }
    }

    private static void Require(cufftResult result) => Assert.That(result, Is.EqualTo(cufftResult.Success));

    private static cufftResult Plan(cufftHandle plan, int[] sizes, Layout input, Layout output, cufftType type, int batch)
    {
        SizeT work = 0;
        return CudaFFTNativeMethods.cufftMakePlanMany(
            plan, sizes.Length, sizes, input.Embed, input.Stride, input.Distance, output.Embed, output.Stride, output.Distance, type, batch, ref work);
    }

    private static Complex[] Execute(Complex[] values, bool isDouble, Layout output, bool inPlace, Func<cufftHandle, cufftResult> plan, TransformDirection direction)
    {
        CudaLibraries.Require(CudaLibrary.Transforms);
        cufftHandle handle = default;
        Require(CudaFFTNativeMethods.cufftCreate(ref handle));
        Require(plan(handle));
        int bytes = isDouble ? 16 : 8, count = inPlace ? values.Length : output.Place(2, 0, 0) + (output.Stride * output.Embed.Aggregate(1, (a, b) => a * b));
        CUdeviceptr x = Upload(values, isDouble), y = inPlace ? x : Upload([.. Enumerable.Repeat(new Complex(5, 5), count)], isDouble);
        Require(isDouble ? CudaFFTNativeMethods.cufftExecZ2Z(handle, x, y, direction) : CudaFFTNativeMethods.cufftExecC2C(handle, x, y, direction));
        Complex[] result = isDouble ? Driver.Download<Complex>(y, count) : Array.ConvertAll(Driver.Download<Vector2>(y, count), v => new Complex(v.X, v.Y));
        Require(CudaFFTNativeMethods.cufftDestroy(handle));
        Driver.Free(x);
        if (!inPlace)
        {
            Driver.Free(y);
        }

        return result;
    }

    private static CUdeviceptr Upload(Complex[] values, bool isDouble)
    {
        CUdeviceptr address = Driver.Allocate((long)values.Length * (isDouble ? 16 : 8));
        if (isDouble)
        {
            Driver.Upload(address, values);
        }
        else
        {
            Driver.Upload(address, Array.ConvertAll(values, v => new Vector2((float)v.Real, (float)v.Imaginary)));
        }

        return address;
    }

    private static Complex[] Normals(int count)
    {
        var random = new CounterRandom(3);
        return [.. Enumerable.Range(0, count).Select(i => new Complex(random.Normal(2 * i), random.Normal((2 * i) + 1)))];
    }
}
