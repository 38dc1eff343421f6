using System.Runtime.CompilerServices;

namespace Stardeq.Kernels;

/// <summary>The passes: b[r] = Σ_q a[q] exp(-2πi qr/p) on elements m apart, twiddle factors before or after.</summary>
internal static unsafe partial class LaneFft<TLanes>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TLanes Re, TLanes Im) Twiddle(TLanes re, TLanes im, float* w)
    {
        TLanes wr = TLanes.Broadcast(w[0]), wi = TLanes.Broadcast(w[1]);
        return ((re * wr) - (im * wi), TLanes.MultiplyAdd(re, wi, im * wr));
    }

    private static void Radix2<TOrder>(float* re, float* im, int blocks, int m, float* twiddles)
        where TOrder : struct, IPassOrder
    {
        nint q = m * Stride;
        for (int block = 0; block < blocks; block++, re += 2 * q, im += 2 * q)
        {
            float* w = twiddles;
            for (nint p = 0; p < q; p += Stride, w += 2)
            {
                TLanes ar = TLanes.Load(re + p), ai = TLanes.Load(im + p);
                TLanes br = TLanes.Load(re + p + q), bi = TLanes.Load(im + p + q);
                if (TOrder.TwiddleFirst)
                {
                    (br, bi) = Twiddle(br, bi, w);
                }

                (ar + br).Store(re + p);
                (ai + bi).Store(im + p);
                (br, bi) = (ar - br, ai - bi);
                if (!TOrder.TwiddleFirst)
                {
                    (br, bi) = Twiddle(br, bi, w);
                }

                br.Store(re + p + q);
                bi.Store(im + p + q);
            }
        }
    }

    private static void Radix4<TOrder>(float* re, float* im, int blocks, int m, float* twiddles)
        where TOrder : struct, IPassOrder
    {
        nint q = m * Stride;
        for (int block = 0; block < blocks; block++, re += 4 * q, im += 4 * q)
        {
            float* w = twiddles;
            for (nint p = 0; p < q; p += Stride, w += 6)
            {
                TLanes ar = TLanes.Load(re + p), ai = TLanes.Load(im + p);
                TLanes br = TLanes.Load(re + p + q), bi = TLanes.Load(im + p + q);
                TLanes cr = TLanes.Load(re + p + (2 * q)), ci = TLanes.Load(im + p + (2 * q));
                TLanes dr = TLanes.Load(re + p + (3 * q)), di = TLanes.Load(im + p + (3 * q));
                if (TOrder.TwiddleFirst && m > 1)
                {
                    (br, bi) = Twiddle(br, bi, w);
                    (cr, ci) = Twiddle(cr, ci, w + 2);
                    (dr, di) = Twiddle(dr, di, w + 4);
                }

                (TLanes er, TLanes ei, TLanes fr, TLanes fi) = (ar + cr, ai + ci, ar - cr, ai - ci);
                (TLanes gr, TLanes gi, TLanes hr, TLanes hi) = (br + dr, bi + di, br - dr, bi - di);
                (er + gr).Store(re + p);
                (ei + gi).Store(im + p);
                (br, bi) = (fr + hi, fi - hr); // f - i h
                (cr, ci) = (er - gr, ei - gi);
                (dr, di) = (fr - hi, fi + hr); // f + i h
                if (!TOrder.TwiddleFirst && m > 1)
                {
                    (br, bi) = Twiddle(br, bi, w);
                    (cr, ci) = Twiddle(cr, ci, w + 2);
                    (dr, di) = Twiddle(dr, di, w + 4);
                }

                br.Store(re + p + q);
                bi.Store(im + p + q);
                cr.Store(re + p + (2 * q));
                ci.Store(im + p + (2 * q));
                dr.Store(re + p + (3 * q));
                di.Store(im + p + (3 * q));
            }
        }
    }

    // Radix p = 3, 5, 7 with s[j] = a[j] + a[p-j], d[j] = a[j] - a[p-j]:
    // b[±r] = a[0] + Σ_j cos(2π rj/p) s[j] ∓ i Σ_j sin(2π rj/p) d[j]
    private static void RadixOdd<TOrder>(int radix, float* re, float* im, int blocks, int m, float* twiddles)
        where TOrder : struct, IPassOrder
    {
        nint q = m * Stride;
        int half = radix / 2;
        TLanes* a = stackalloc TLanes[2 * radix];
        float* cosine = stackalloc float[radix], sine = stackalloc float[radix];
        for (int j = 0; j < radix; j++)
        {
            (double s, double c) = Math.SinCos(2 * Math.PI * j / radix);
            (cosine[j], sine[j]) = ((float)c, (float)s);
        }

        for (int block = 0; block < blocks; block++, re += radix * q, im += radix * q)
        {
            float* w = twiddles;
            for (nint p = 0; p < q; p += Stride, w += 2 * (radix - 1))
            {
                TLanes firstRe = TLanes.Load(re + p), firstIm = TLanes.Load(im + p);
                for (int j = 1; j <= half; j++)
                {
                    nint low = p + (j * q), high = p + ((radix - j) * q);
                    TLanes lr = TLanes.Load(re + low), li = TLanes.Load(im + low);
                    TLanes hr = TLanes.Load(re + high), hi = TLanes.Load(im + high);
                    if (TOrder.TwiddleFirst)
                    {
                        (lr, li) = Twiddle(lr, li, w + (2 * (j - 1)));
                        (hr, hi) = Twiddle(hr, hi, w + (2 * (radix - j - 1)));
                    }

                    TLanes* pair = a + (4 * (j - 1));
                    (pair[0], pair[1], pair[2], pair[3]) = (lr + hr, li + hi, lr - hr, li - hi);
                }

                (TLanes totalRe, TLanes totalIm) = (firstRe, firstIm);
                for (int r = 1; r <= half; r++)
                {
                    (TLanes cr, TLanes ci, TLanes sr, TLanes si) = (firstRe, firstIm, TLanes.Zero, TLanes.Zero);
                    for (int j = 1; j <= half; j++)
                    {
                        TLanes* pair = a + (4 * (j - 1));
                        TLanes c = TLanes.Broadcast(cosine[r * j % radix]), s = TLanes.Broadcast(sine[r * j % radix]);
                        cr = TLanes.MultiplyAdd(c, pair[0], cr);
                        ci = TLanes.MultiplyAdd(c, pair[1], ci);
                        sr = TLanes.MultiplyAdd(s, pair[2], sr);
                        si = TLanes.MultiplyAdd(s, pair[3], si);
                    }

                    (totalRe, totalIm) = (totalRe + a[4 * (r - 1)], totalIm + a[(4 * (r - 1)) + 1]);
                    (TLanes lr, TLanes li, TLanes hr, TLanes hi) = (cr + si, ci - sr, cr - si, ci + sr);
                    if (!TOrder.TwiddleFirst)
                    {
                        (lr, li) = Twiddle(lr, li, w + (2 * (r - 1)));
                        (hr, hi) = Twiddle(hr, hi, w + (2 * (radix - r - 1)));
                    }

                    lr.Store(re + p + (r * q));
                    li.Store(im + p + (r * q));
                    hr.Store(re + p + ((radix - r) * q));
                    hi.Store(im + p + ((radix - r) * q));
                }

                totalRe.Store(re + p);
                totalIm.Store(im + p);
            }
        }
    }
}
