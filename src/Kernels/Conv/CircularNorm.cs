using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// a circular convolution is one [out, in] matrix per frequency, K(ω) = Σ_ab w[:, :, a, b] exp(−i(ω₁ a + ω₂ b)) [SED19];
// its norm is the largest of their singular values · derivation: docs/derivations/lipschitz.md
// spec: tests/Kernels/Conv/CircularNormTests.cs

/// <summary>A norm of a convolution and its derivative.</summary>
/// <param name="Value">σ.</param>
/// <param name="Gradient">∂σ/∂w, in the layout of the weight; ⟨∂σ/∂w, w⟩ = σ.</param>
public sealed record ConvolutionNorm(double Value, double[] Gradient);

/// <summary>Exact norms of convolutions with circular padding, and bounds that hold for zero padding at any image size.</summary>
public static class CircularNorm
{
    // Frequencies per axis of the bound: 1/cos²(π/32) makes it at most 1 % too large.
    private const int BoundFrequencies = 32;

    /// <summary>Largest singular value at each frequency, [rows, columns] in the order of a discrete Fourier transform.</summary>
    /// <param name="weight">[out, in, k, k] float32 or float64, k = 1 or 3.</param>
    /// <param name="rows">Rows of the image.</param>
    /// <param name="columns">Columns of the image.</param>
    /// <exception cref="ShapeException">The weight is not of that form, or the image is smaller than the kernel.</exception>
    public static double[] PerFrequency(Tensor weight, int rows, int columns)
    {
        Kernel kernel = Kernel.Read(weight);
        if (rows < kernel.Size || columns < kernel.Size)
        {
            throw new ShapeException($"circular norm: the image is {rows} x {columns}, smaller than the kernel of {weight.Describe()}.");
        }

        // The weight is real, so opposite frequencies have conjugate matrices: one of each pair is computed.
        int Opposite(int at) => ((rows - (at / columns)) % rows * columns) + ((columns - (at % columns)) % columns);
        int[] computed = [.. Enumerable.Range(0, rows * columns).Where(at => Opposite(at) >= at)];
        double[] values = new double[rows * columns];
        int lanes = WideComplex.Count;
        ((CpuDevice)weight.Device.Host).For((computed.Length + lanes - 1) / lanes, group =>
        {
            ReadOnlySpan<int> frequencies = computed.AsSpan(group * lanes, Math.Min(lanes, computed.Length - (group * lanes)));
            double[] norms = LargestSingularValue.Of(kernel.At(frequencies, rows, columns), kernel.Out, kernel.In);
            for (int lane = 0; lane < frequencies.Length; lane++)
            {
                values[frequencies[lane]] = values[Opposite(frequencies[lane])] = norms[lane];
            }
        });
        return values;
    }

    /// <summary>Norm of the convolution with circular padding.</summary>
    /// <param name="weight">[out, in, k, k] float32 or float64, k = 1 or 3.</param>
    /// <param name="rows">Rows of the image.</param>
    /// <param name="columns">Columns of the image.</param>
    /// <exception cref="ShapeException">The weight is not of that form, or the image is smaller than the kernel.</exception>
    public static ConvolutionNorm Of(Tensor weight, int rows, int columns)
    {
        double[] values = PerFrequency(weight, rows, columns);
        int at = Largest(values);
        return Kernel.Read(weight).Norm(at, rows, columns, 1);
    }

    /// <summary>
    /// A number that the norm exceeds at no image size, with circular or with zero padding. Exact for 1 × 1; for 3 × 3 at
    /// most 1 % too large: entries of K(ω) are trigonometric polynomials of degree one in each variable, which fall from a
    /// maximum no faster than a cosine, so the maximum over 32 × 32 frequencies divided by cos²(π/32) bounds all.
    /// </summary>
    /// <param name="weight">[out, in, k, k] float32 or float64, k = 1 or 3.</param>
    /// <exception cref="ShapeException">The weight is not of that form.</exception>
    public static ConvolutionNorm Bound(Tensor weight)
    {
        bool isPointwise = weight.Shape[2] == 1;
        int frequencies = isPointwise ? 1 : BoundFrequencies;
        double[] values = PerFrequency(weight, frequencies, frequencies);
        int at = Largest(values);
        double between = isPointwise ? 1 : Math.Pow(Math.Cos(Math.PI / BoundFrequencies), -2);
        return Kernel.Read(weight).Norm(at, frequencies, frequencies, between);
    }

    /// <summary>Norm of a transposed 2 × 2 convolution of stride 2, exact at every size: its windows do not overlap, so it is
    /// that of the matrix [in, out · 4].</summary>
    /// <param name="weight">[in, out, 2, 2] float32 or float64.</param>
    /// <exception cref="ShapeException">The weight is not of that form.</exception>
    public static ConvolutionNorm OfTransposed(Tensor weight)
    {
        Operands.RequireRank("transposed norm", nameof(weight), weight, 4, "(in, out, 2, 2)");
        return Bound(weight.Reshape([weight.Shape[0], weight.Shape[1] * weight.Shape[2] * weight.Shape[3], 1, 1]));
    }

    /// <summary>Position of the largest value, or of one that is not a number.</summary>
    private static int Largest(double[] values)
    {
        int at = 0;
        for (int i = 1; i < values.Length; i++)
        {
            at = values[i] <= values[at] ? at : i;
        }

        return at;
    }

    /// <summary>A weight in host memory and double precision.</summary>
    private sealed record Kernel(double[] Values, int Out, int In, int Size)
    {
        public static Kernel Read(Tensor weight)
        {
            const string Operation = "circular norm";
            Operands.RequireReal(Operation, nameof(weight), weight);
            Operands.RequireRank(Operation, nameof(weight), weight, 4, "(out, in, row, column)");
            int size = weight.Shape[2];
            if (size is not (1 or 3) || weight.Shape[3] != size)
            {
                throw new ShapeException($"{Operation}: weight is {weight.Describe()}; kernels of 1 x 1 and 3 x 3 are supported.");
            }

            double[] values = weight.DType == DType.Float64 ? weight.ToArray<double>() : Array.ConvertAll(weight.ToArray<float>(), v => (double)v);
            return new Kernel(values, weight.Shape[0], weight.Shape[1], size);
        }

        /// <summary>K at a few frequencies, [out, in]; lanes without one stay zero.</summary>
        public WideComplex[] At(ReadOnlySpan<int> frequencies, int rows, int columns)
        {
            int taps = Size * Size;
            WideComplex[] phases = new WideComplex[taps], matrices = new WideComplex[Out * In];
            Span<double> re = stackalloc double[WideComplex.Count], im = stackalloc double[WideComplex.Count];
            for (int tap = 0; tap < taps; tap++)
            {
                for (int lane = 0; lane < frequencies.Length; lane++)
                {
                    (im[lane], re[lane]) = Math.SinCos(Angle(frequencies[lane], tap, rows, columns));
                }

                phases[tap] = new(new Vector<double>(re), new Vector<double>(im));
            }

            for (int entry = 0; entry < matrices.Length; entry++)
            {
                WideComplex sum = default;
                for (int tap = 0; tap < taps; tap++)
                {
                    sum += new Vector<double>(Values[(entry * taps) + tap]) * phases[tap];
                }

                matrices[entry] = sum;
            }

            return matrices;
        }

        /// <summary>factor · σ at one frequency and its derivative: σ = Re uᴴ K v with u and v stationary.</summary>
        public ConvolutionNorm Norm(int frequency, int rows, int columns, double factor)
        {
            Complex[] matrix = Array.ConvertAll(At([frequency], rows, columns), entry => entry[0]);
            (double value, Complex[] left, Complex[] right) = LargestSingularValue.Of(matrix, Out, In);
            int taps = Size * Size;
            double[] gradient = new double[Values.Length];
            for (int i = 0; i < gradient.Length; i++)
            {
                (int entry, int tap) = (i / taps, i % taps);
                Complex phase = Complex.FromPolarCoordinates(factor, Angle(frequency, tap, rows, columns));
                gradient[i] = (Complex.Conjugate(left[entry / In]) * right[entry % In] * phase).Real;
            }

            return new ConvolutionNorm(factor * value, gradient);
        }

        private double Angle(int frequency, int tap, int rows, int columns) =>
            -2 * Math.PI * (((double)(frequency / columns) * (tap / Size) / rows) + ((double)(frequency % columns) * (tap % Size) / columns));
    }
}
