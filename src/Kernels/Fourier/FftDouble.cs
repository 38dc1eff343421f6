using System.Numerics;

namespace Stardeq.Kernels;

/// <summary>
/// The transform in double precision, one line at a time: X[k] = Σ_j x[j] exp(∓2πi jk/n) by the recursive mixed-radix
/// split, or by the chirp convolution for lengths with large prime factors.
/// </summary>
internal static unsafe class FftDouble
{
    /// <summary>Transforms a line in place, without scale.</summary>
    public static void Transform(FftPlan plan, Span<Complex> line, bool inverse)
    {
        if (inverse)
        {
            Conjugate(line); // Σ x exp(+..) = conj Σ conj(x) exp(-..)
        }

        if (plan.Convolution is null)
        {
            Complex[] source = line.ToArray();
            fixed (Complex* from = source, to = line)
            {
                Split(plan, from, 1, to, 0, plan.Length);
            }
        }
        else
        {
            Convolve(plan, line);
        }

        if (inverse)
        {
            Conjugate(line);
        }
    }

    private static void Split(FftPlan plan, Complex* source, int stride, Complex* target, int stage, int length)
    {
        if (length == 1)
        {
            *target = *source;
            return;
        }

        int radix = plan.Radices[stage], m = length / radix, step = plan.Length / length;
        for (int q = 0; q < radix; q++)
        {
            Split(plan, source + (q * stride), stride * radix, target + (q * m), stage + 1, m);
        }

        Complex* terms = stackalloc Complex[radix];
        for (int k = 0; k < m; k++)
        {
            for (int q = 0; q < radix; q++)
            {
                terms[q] = target[(q * m) + k] * plan.Roots[q * k * step];
            }

            for (int r = 0; r < radix; r++)
            {
                Complex sum = terms[0];
                for (int q = 1; q < radix; q++)
                {
                    sum += terms[q] * plan.Roots[q * r % radix * (plan.Length / radix)];
                }

                target[(r * m) + k] = sum;
            }
        }
    }

    // X[k] = c[k] Σ_j (x[j] c[j]) conj c[k - j]
    private static void Convolve(FftPlan plan, Span<Complex> line)
    {
        var work = new Complex[plan.Convolution!.Length];
        for (int j = 0; j < line.Length; j++)
        {
            work[j] = line[j] * plan.Chirp[j];
        }

        Transform(plan.Convolution, work, inverse: false);
        for (int j = 0; j < work.Length; j++)
        {
            work[j] *= plan.ChirpSpectrum[j];
        }

        Transform(plan.Convolution, work, inverse: true);
        for (int k = 0; k < line.Length; k++)
        {
            line[k] = work[k] * plan.Chirp[k];
        }
    }

    private static void Conjugate(Span<Complex> line)
    {
        foreach (ref Complex value in line)
        {
            value = Complex.Conjugate(value);
        }
    }
}
