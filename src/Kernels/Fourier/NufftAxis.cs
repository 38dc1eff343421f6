namespace Stardeq.Kernels;

/// <summary>One axis of a gridding transform: image size n, grid size G ≈ σ n, window, and its roll-off.</summary>
internal sealed class NufftAxis
{
    private const int Offsets = 16; // positions of a point between two cells at which the error is sampled

    public NufftAxis(int size, NufftAccuracy accuracy)
    {
        Size = size;
        Grid = FftPlan.NextSmooth((int)Math.Ceiling((accuracy.Oversampling * size) - 1e-9), even: true);
        Width = accuracy.Width;
        Window = new KaiserBessel(Width, KaiserBessel.OptimalBeta(Width, (double)Grid / size));
        Plan = FftPlan.Create(Grid);
        GridPosition = FftPlan.PinnedIndices(size, i => Plan.Order[Plan.Wrap(i - (size / 2))]);
        GridIndex = FftPlan.PinnedIndices(size, i => Plan.Wrap(i - (size / 2)));
        RollOff = GC.AllocateArray<float>(size, pinned: true);
        for (int i = 0; i < size; i++)
        {
            RollOff[i] = (float)(1 / Window.Transform((double)(i - (size / 2)) / Grid));
        }
    }

    /// <summary>Pixels n.</summary>
    public int Size { get; }

    /// <summary>Grid cells G.</summary>
    public int Grid { get; }

    /// <summary>W.</summary>
    public int Width { get; }

    public KaiserBessel Window { get; }

    public FftPlan Plan { get; }

    /// <summary>Pixel i in the digit-reversed order of the grid transform.</summary>
    public int[] GridPosition { get; }

    /// <summary>Pixel i on the grid, origin at cell 0.</summary>
    public int[] GridIndex { get; }

    /// <summary>1/φ̂(i/G) at each pixel.</summary>
    public float[] RollOff { get; }

    /// <summary>Largest over smallest roll-off factor: how much rounding at the rim is amplified.</summary>
    public double DynamicRange => RollOff.Max() / RollOff.Min();

    /// <summary>First of the W cells around coordinate <paramref name="u"/> (in cells).</summary>
    public double FirstCell(double u) => Math.Ceiling(u - (Width / 2.0));

    /// <summary>A coordinate in cycles per field of view in grid cells, reduced to one period before anything is subtracted from it.</summary>
    public double Coordinate(double k)
    {
        double turns = k / Size;
        return (turns - Math.Floor(turns)) * Grid;
    }

    /// <summary>The window at the W cells around coordinate <paramref name="u"/> (in cells).</summary>
    public void Evaluate(double u, Span<float> values)
    {
        double first = FirstCell(u);
        for (int tap = 0; tap < Width; tap++)
        {
            values[tap] = (float)Window.Value(u - first - tap);
        }
    }

    /// <summary>
    /// Worst pixel's root-mean-square error over the position between cells of
    /// Σ_j φ(u - j) exp(-2πi nj/G) / φ̂(n/G) against exp(-2πi nu/G), in exact arithmetic.
    /// </summary>
    public double AliasingError()
    {
        double worst = 0;
        for (int i = 0; i < Size; i++)
        {
            double n = i - (Size / 2), sum = 0;
            for (int offset = 0; offset < Offsets; offset++)
            {
                double u = (double)offset / Offsets, re = 0, im = 0, first = FirstCell(u);
                for (int tap = 0; tap < Width; tap++)
                {
                    double angle = 2 * Math.PI * n * (first + tap - u) / Grid, value = Window.Value(u - first - tap);
                    re += value * Math.Cos(angle);
                    im -= value * Math.Sin(angle);
                }

                double scale = 1 / Window.Transform(n / Grid);
                sum += Math.Pow((re * scale) - 1, 2) + Math.Pow(im * scale, 2);
            }

            worst = Math.Max(worst, sum / Offsets);
        }

        return Math.Sqrt(worst);
    }
}
