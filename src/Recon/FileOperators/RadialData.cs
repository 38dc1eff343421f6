using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Radial k-space of one slice, or of several frames of it, with its trajectory.</summary>
/// <param name="KSpace">[frame, coil, spoke, sample] complex64.</param>
/// <param name="Points">[frame, spoke, sample, 2] = (kx, ky), cycles per field of view; one frame if all frames share it.</param>
/// <param name="HasFrames">False if the file had no axis of frames.</param>
public sealed record RadialData(Tensor KSpace, Tensor Points, bool HasFrames)
{
    private const string Expected = "[coil, spoke, sample] or [frame, coil, spoke, sample], or BART's [1, sample, spoke, coil, ..., frame] in a .cfl file";

    /// <summary>Number of images.</summary>
    public int Frames => KSpace.Shape[0];

    /// <summary>Receive coils.</summary>
    public int Coils => KSpace.Shape[1];

    /// <summary>Trajectory of a frame, [spoke, sample, 2].</summary>
    public Tensor PointsOf(int frame) => Points.Slice(Points.Shape[0] == 1 ? 0 : frame);

    /// <summary>Reads and checks both files.</summary>
    /// <param name="kSpacePath">[coil, spoke, sample] or [frame, coil, spoke, sample], complex; of BART files, in BART's order.</param>
    /// <param name="trajectoryPath">[spoke, sample, 2] or [frame, spoke, sample, 2]; see <see cref="TrajectoryReader"/>.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <exception cref="InputException">A file cannot be used, or the two do not belong together.</exception>
    public static RadialData Read(string kSpacePath, string trajectoryPath, int rows, int columns, TensorScope scope)
    {
        (Tensor kSpace, bool hasFrames) = ReadKSpace(kSpacePath, scope);
        Tensor points = TrajectoryReader.Read(trajectoryPath, rows, columns, scope);
        Shape samples = kSpace.Shape[2..];
        bool shared = points.Shape.Rank == 3;
        if ((!shared && points.Shape.Rank != 4) || points.Shape[^3..^1] != samples || (!shared && points.Shape[0] != 1 && points.Shape[0] != kSpace.Shape[0]))
        {
            throw new InputException($"'{trajectoryPath}' has points {points.Shape}, '{kSpacePath}' is {kSpace.Describe()} = [frame, coil, spoke, sample]; "
                + $"a trajectory [{samples[0]}, {samples[1]}, 2] for all frames or [{kSpace.Shape[0]}, {samples[0]}, {samples[1]}, 2] was expected. Give the two files of one acquisition.");
        }

        return new RadialData(kSpace, shared ? points.Reshape([1, .. points.Shape]) : points, hasFrames);
    }

    /// <summary>All frames as one acquisition with the spokes of all of them.</summary>
    /// <param name="scope">Owner of the result.</param>
    public RadialData Combine(TensorScope scope)
    {
        (int frames, int coils, int spokes, int readout) = (Frames, Coils, KSpace.Shape[2], KSpace.Shape[3]);
        Tensor kSpace = scope.New(DType.Complex64, [1, coils, frames * spokes, readout]);
        Tensor points = scope.New(Points.DType, [1, frames * spokes, readout, 2]);
        for (int frame = 0; frame < frames; frame++)
        {
            points.Slice(0).Slice(frame * spokes, spokes).CopyFrom(PointsOf(frame));
            for (int coil = 0; coil < coils; coil++)
            {
                kSpace.Slice(0).Slice(coil).Slice(frame * spokes, spokes).CopyFrom(KSpace.Slice(frame).Slice(coil));
            }
        }

        return new RadialData(kSpace, points, HasFrames: false);
    }

    /// <summary>Only some spokes of each frame.</summary>
    /// <param name="pattern">Which.</param>
    /// <param name="factor">One in so many.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <exception cref="InputException">The spokes are not straight, or there are fewer than the factor.</exception>
    public RadialData Undersample(UndersamplingPattern pattern, int factor, int rows, int columns, TensorScope scope)
    {
        int[][] kept = [.. Enumerable.Range(0, Points.Shape[0]).Select(frame =>
            SpokeSubset.Select(pattern, SpokeGeometry.FromPoints(PointsOf(frame), rows, columns).Angles, factor))];
        Tensor kSpace = scope.New(DType.Complex64, [Frames, Coils, kept[0].Length, KSpace.Shape[3]]);
        Tensor points = scope.New(Points.DType, [kept.Length, kept[0].Length, KSpace.Shape[3], 2]);
        for (int frame = 0; frame < Frames; frame++)
        {
            int[] spokes = kept[Math.Min(frame, kept.Length - 1)];
            for (int i = 0; i < spokes.Length; i++)
            {
                points.Slice(Math.Min(frame, kept.Length - 1)).Slice(i).CopyFrom(PointsOf(frame).Slice(spokes[i]));
                for (int coil = 0; coil < Coils; coil++)
                {
                    kSpace.Slice(frame).Slice(coil).Slice(i).CopyFrom(KSpace.Slice(frame).Slice(coil).Slice(spokes[i]));
                }
            }
        }

        return this with { KSpace = kSpace, Points = points };
    }

    /// <summary>What <see cref="Undersample"/> keeps of the first frame, in one line.</summary>
    /// <inheritdoc cref="Undersample"/>
    public string DescribeUndersampling(UndersamplingPattern pattern, int factor, int rows, int columns)
    {
        double[] angles = SpokeGeometry.FromPoints(PointsOf(0), rows, columns).Angles;
        return SpokeSubset.Describe(pattern, factor, angles, SpokeSubset.Select(pattern, angles, factor));
    }

    /// <summary>Reads coil maps that fit this data.</summary>
    /// <param name="path">[coil, y, x] for all frames or [frame, coil, y, x], complex; axes of 1 may lie between.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <returns>[1 or frame, coil, y, x] complex64.</returns>
    /// <exception cref="InputException">The file cannot be used or does not fit.</exception>
    public Tensor ReadMaps(string path, int rows, int columns, TensorScope scope)
    {
        Tensor maps = ReadComplex(path, scope);
        int[] outer = [.. maps.Shape[..^Math.Min(2, maps.Shape.Rank)].Where(extent => extent > 1)];
        bool fits = maps.Shape.Rank >= 2 && maps.Shape[^2] == rows && maps.Shape[^1] == columns;
        int[] one = Coils > 1 ? [Coils] : [], all = Frames > 1 ? [Frames, .. one] : one;
        if (!fits || !(outer.SequenceEqual(one) || outer.SequenceEqual(all)))
        {
            throw new InputException($"'{path}' is {maps.Describe()}; coil maps [{Coils}, {rows}, {columns}] were expected{(Frames > 1 ? $", or [{Frames}, {Coils}, {rows}, {columns}] with one set per frame" : "")}. Give the maps of these coils at the size of the image.");
        }

        return maps.Reshape([outer.SequenceEqual(one) ? 1 : Frames, Coils, rows, columns]);
    }

    private static (Tensor KSpace, bool HasFrames) ReadKSpace(string path, TensorScope scope)
    {
        Tensor stored = ReadComplex(path, scope);
        Shape shape = stored.Shape;
        if (ArrayFile.IsBart(path) && shape[^1] == 1) // BART's axes from slow to fast: ..., coil, spoke, sample, 1
        {
            Shape axes = [.. Enumerable.Repeat(1, Math.Max(0, 4 - shape.Rank)), .. shape];
            int[] outer = [.. axes[..^4].Where(extent => extent > 1)];
            if (outer.Length <= 1)
            {
                return (stored.Reshape([outer.Length == 1 ? outer[0] : 1, .. axes[^4..^1]]), outer.Length == 1);
            }
        }
        else if (shape.Rank is 3 or 4)
        {
            return (stored.Reshape([shape.Rank == 4 ? shape[0] : 1, .. shape[^3..]]), shape.Rank == 4);
        }

        throw new InputException($"'{path}' is {stored.Describe()}; k-space {Expected}, was expected.");
    }

    private static Tensor ReadComplex(string path, TensorScope scope)
    {
        Tensor stored = ArrayFile.Read(path, scope);
        if (!stored.DType.IsComplex())
        {
            throw new InputException($"'{path}' is {stored.Describe()}; a complex array was expected. Convert it, for example with x.astype('complex64').");
        }

        if (stored.Count == 0)
        {
            throw new InputException($"'{path}' is {stored.Describe()} and holds nothing; give an array with at least one sample.");
        }

        ArrayFile.RequireFinite(stored, path);
        if (stored.DType == DType.Complex64)
        {
            return stored;
        }

        Tensor single = scope.New(DType.Complex64, stored.Shape);
        Cast.Run(stored, single);
        scope.Free(stored);
        return single;
    }
}
