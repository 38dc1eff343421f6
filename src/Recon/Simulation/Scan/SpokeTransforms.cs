using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Stardeq.Recon;

/// <summary>A straight line through k-space: k(r) = (StartX + r StepX, StartY + r StepY, Z), cycles per field of view and slab.</summary>
/// <param name="StartX">kx at r = 0.</param>
/// <param name="StartY">ky at r = 0.</param>
/// <param name="StepX">kx per unit of r.</param>
/// <param name="StepY">ky per unit of r.</param>
/// <param name="Z">kz.</param>
internal readonly record struct KSpaceLine(double StartX, double StartY, double StepX, double StepY, double Z);

/// <summary>
/// Transforms of many blobs along one line, shifted by each of a set of frequencies:
/// T_l(r) = Σ_o ρ̂_o(k(r) − f_l). Along a line, the squared distance to a shifted centre of k-space is a quadratic in r, and
/// the phase of a blob is the same for all shifts but for a constant. Single precision with vectors; phases are reduced to a
/// turn in double precision first. One instance per thread.
/// </summary>
internal sealed class SpokeTransforms
{
    private readonly Vector3D[] _frequencies;
    private readonly double[] _radius;
    private readonly float[] _lineRadius, _cosine, _sine, _real, _imaginary;

    /// <param name="frequencies">f_l.</param>
    /// <param name="radius">r of the samples.</param>
    public SpokeTransforms(Vector3D[] frequencies, double[] radius)
    {
        _frequencies = frequencies;
        _radius = radius;
        Stride = (radius.Length + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;
        _lineRadius = new float[Stride];
        Array.ConvertAll(radius, r => (float)r).CopyTo(_lineRadius, 0);
        (_cosine, _sine) = (new float[Stride], new float[Stride]);
        (_real, _imaginary) = (new float[frequencies.Length * Stride], new float[frequencies.Length * Stride]);
    }

    /// <summary>Samples of a line, rounded up to whole vectors.</summary>
    public int Stride { get; }

    /// <summary>Re T_l, valid after <see cref="Compute"/>.</summary>
    public ReadOnlySpan<float> Real(int term) => _real.AsSpan(term * Stride, Stride);

    /// <summary>Im T_l.</summary>
    public ReadOnlySpan<float> Imaginary(int term) => _imaginary.AsSpan(term * Stride, Stride);

    /// <summary>Computes all T_l of one line.</summary>
    public void Compute(ReadOnlySpan<PlacedBlob> blobs, in KSpaceLine line)
    {
        Array.Clear(_real);
        Array.Clear(_imaginary);
        foreach (ref readonly PlacedBlob blob in blobs)
        {
            SetPhase(-((line.StepX * blob.Centre.X) + (line.StepY * blob.Centre.Y)));
            for (int term = 0; term < _frequencies.Length; term++)
            {
                Add(blob, line, term);
            }
        }
    }

    private void SetPhase(double turnsPerRadius)
    {
        for (int t = 0; t < _radius.Length; t++)
        {
            double turns = turnsPerRadius * _radius[t];
            _cosine[t] = (float)(turns - Math.Round(turns));
        }

        for (int t = 0; t < Stride; t += Vector<float>.Count)
        {
            (Vector<float> sine, Vector<float> cosine) = Turns.SinCos(new Vector<float>(_cosine, t));
            cosine.CopyTo(_cosine, t);
            sine.CopyTo(_sine, t);
        }
    }

    private void Add(in PlacedBlob blob, in KSpaceLine line, int term)
    {
        Vector3D f = _frequencies[term];
        double x = line.StartX - f.X, y = line.StartY - f.Y, z = line.Z - f.Z;
        double u0 = (blob.FirstX * x) + (blob.FirstY * y), u1 = (blob.FirstX * line.StepX) + (blob.FirstY * line.StepY);
        double v0 = (blob.SecondX * x) + (blob.SecondY * y), v1 = (blob.SecondX * line.StepX) + (blob.SecondY * line.StepY);
        double w = blob.Source.Shape == BlobShape.Cylinder ? 0 : blob.Source.C * z;
        double turns = (x * blob.Centre.X) + (y * blob.Centre.Y) + (z * blob.Centre.Z);
        Complex weight = blob.Integral * blob.Source.Axial(z) * Complex.FromPolarCoordinates(1, -2 * Math.PI * turns);
        var terms = new Quadratic((float)((u0 * u0) + (v0 * v0) + (w * w)), (float)(2 * ((u0 * u1) + (v0 * v1))), (float)((u1 * u1) + (v1 * v1)));
        switch (blob.Source.Shape)
        {
            case BlobShape.Solid:
                Add<BallProfile>(terms, weight, term);
                break;
            case BlobShape.Cylinder:
                Add<DiscProfile>(terms, weight, term);
                break;
            default:
                Add<GaussianProfile>(terms, weight, term);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add<TProfile>(Quadratic q, Complex weight, int term)
        where TProfile : struct, IShapeProfile
    {
        Span<Vector<float>> real = MemoryMarshal.Cast<float, Vector<float>>(_real.AsSpan(term * Stride, Stride));
        Span<Vector<float>> imaginary = MemoryMarshal.Cast<float, Vector<float>>(_imaginary.AsSpan(term * Stride, Stride))[..real.Length];
        ReadOnlySpan<Vector<float>> radius = MemoryMarshal.Cast<float, Vector<float>>(_lineRadius)[..real.Length];
        ReadOnlySpan<Vector<float>> cosine = MemoryMarshal.Cast<float, Vector<float>>(_cosine)[..real.Length];
        ReadOnlySpan<Vector<float>> sine = MemoryMarshal.Cast<float, Vector<float>>(_sine)[..real.Length];
        Vector<float> c0 = new(q.Constant), c1 = new(q.Linear), c2 = new(q.Square), re = new((float)weight.Real), im = new((float)weight.Imaginary), minus = -im;
        for (int i = 0; i < real.Length; i++)
        {
            Vector<float> r = radius[i];
            Vector<float> squared = Vector.FusedMultiplyAdd(r, Vector.FusedMultiplyAdd(r, c2, c1), c0);
            if (Vector.GreaterThanAll(squared, new Vector<float>(TProfile.End)))
            {
                continue;
            }

            Vector<float> profile = TProfile.At(Vector.SquareRoot(Vector.Max(squared, Vector<float>.Zero)));
            Vector<float> a = profile * cosine[i], b = profile * sine[i];
            real[i] = Vector.FusedMultiplyAdd(re, a, Vector.FusedMultiplyAdd(minus, b, real[i]));
            imaginary[i] = Vector.FusedMultiplyAdd(re, b, Vector.FusedMultiplyAdd(im, a, imaginary[i]));
        }
    }

    /// <summary>q² along the line.</summary>
    private readonly record struct Quadratic(float Constant, float Linear, float Square);
}
