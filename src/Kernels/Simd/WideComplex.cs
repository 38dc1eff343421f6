using System.Numerics;
using System.Runtime.CompilerServices;

namespace Stardeq.Kernels;

/// <summary>As many complex numbers as a vector register holds doubles: one of each of several equal computations.</summary>
internal readonly struct WideComplex(Vector<double> re, Vector<double> im)
{
    public Vector<double> Re { get; } = re;

    public Vector<double> Im { get; } = im;

    /// <summary>Computations that run side by side.</summary>
    public static int Count => Vector<double>.Count;

    /// <summary>conj(a).</summary>
    public WideComplex Conjugate => new(Re, -Im);

    /// <summary>|a|².</summary>
    public Vector<double> Square => (Re * Re) + (Im * Im);

    /// <summary>The number of one computation.</summary>
    public Complex this[int lane] => new(Re[lane], Im[lane]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideComplex operator +(WideComplex a, WideComplex b) => new(a.Re + b.Re, a.Im + b.Im);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideComplex operator *(WideComplex a, WideComplex b) => new((a.Re * b.Re) - (a.Im * b.Im), (a.Re * b.Im) + (a.Im * b.Re));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideComplex operator *(Vector<double> factor, WideComplex a) => new(factor * a.Re, factor * a.Im);

    /// <summary>The same number for every computation.</summary>
    public static WideComplex Of(Complex value) => new(new(value.Real), new(value.Imaginary));
}
