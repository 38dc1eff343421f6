using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace Stardeq.Recon;

/// <content>The plots of a profile.</content>
public static partial class ReportPlots
{
    private const int Bins = 600;             // of a timeline: about one per pixel
    private const double NarrowestBand = 0.01; // share of the width that can be seen
    private const double Letter = 0.0085;      // share of the width that a letter of a phase's name takes
    private const double Line = 13;            // pixels from one name of an operation to the next
    private const int NamedKernels = 7;

    // Readable on light and on dark paper, in the order of the owners.
    private static readonly OxyColor[] s_owners =
    [
        OxyColor.FromRgb(0x6b, 0x7f, 0x99), OxyColor.FromRgb(0x2f, 0x86, 0xc8), OxyColor.FromRgb(0x3a, 0xa0, 0x8f), OxyColor.FromRgb(0xd9, 0x7a, 0x2b), OxyColor.FromRgb(0x8d, 0x6b, 0xc4),
        OxyColor.FromRgb(0xc6, 0x55, 0x6b), OxyColor.FromRgb(0xa8, 0x8a, 0x3a), OxyColor.FromRgb(0x5f, 0x9e, 0x4e), OxyColor.FromRgb(0x93, 0x7a, 0x6a),
    ];

    /// <summary>Bytes by owner, stacked, over the last step, with its phases as bands.</summary>
    internal static string MemoryTimeline(Profile profile)
    {
        const double MiB = 1 << 20;
        ProfileRecording recording = profile.Recording;
        long start = recording.StepEnds.Count > 1 ? recording.StepEnds[^2] : recording.Start, end = recording.End;
        double Milliseconds(long timestamp) => 1e3 * Profile.Seconds(timestamp - start);
        PlotModel plot = NewPlot("MiB", isLogarithmic: false, "ms");
        plot.Axes[0].Minimum = 0;
        plot.Axes[0].Maximum = Milliseconds(end);
        plot.Axes[1].Minimum = 0;
        plot.Axes[1].Maximum = Math.Max(1.15 * profile.Memory.Largest(start, end) / MiB, 1e-3); // room for the names of phases
        AddBands(plot, profile.PhaseStretches().Where(stretch => stretch.End > start && stretch.Start < end)
            .Select(stretch => (stretch.Phase, Milliseconds(Math.Max(start, stretch.Start)), Milliseconds(stretch.End))));
        MemoryMoment[] moments = [.. profile.Memory.Highest(start, end, Bins)];
        double[] below = new double[moments.Length];
        for (int owner = 0; owner < profile.Memory.Owners.Count; owner++)
        {
            OxyColor colour = s_owners[(int)profile.Memory.Owners[owner] % s_owners.Length];
            var area = new AreaSeries { Title = $"{profile.Memory.Owners[owner]}", Color = OxyColors.Transparent, Color2 = OxyColors.Transparent, Fill = OxyColor.FromAColor(215, colour), MinimumSegmentLength = 0 };
            for (int i = 0; i < moments.Length; i++)
            {
                double from = Milliseconds(moments[i].Timestamp), to = i + 1 < moments.Length ? Milliseconds(moments[i + 1].Timestamp) : Milliseconds(end);
                double above = below[i] + (moments[i].Bytes[owner] / MiB);
                area.Points.AddRange([new DataPoint(from, above), new DataPoint(to, above)]);
                area.Points2.AddRange([new DataPoint(from, below[i]), new DataPoint(to, below[i])]);
                below[i] = above;
            }

            plot.Series.Add(area);
        }

        return Svg(plot);
    }

    /// <summary>FLOP/s against FLOP per byte of each operation, under the roof of the machine. Both axes are logarithmic.</summary>
    internal static string Roofline(Profile profile)
    {
        MachineRoof roof = profile.Roof!;
        PlotModel plot = NewPlot("GFLOP/s", isLogarithmic: true);
        plot.Axes.RemoveAt(0);
        plot.Axes.Insert(0, Styled(new LogarithmicAxis { PowerPadding = false }, AxisPosition.Bottom, "FLOP per byte"));
        OperationLine[] counted = [.. profile.Kernels.Where(line => line.Work is { Flops: > 0, Bytes: > 0 })];
        double Intensity(OperationLine line) => line.Work.Flops / line.Work.Bytes;
        double Radius(OperationLine line) => 2 + (22 * Math.Sqrt(line.Seconds / profile.TotalSeconds)); // pixels
        double ridge = roof.Flops / roof.BytesPerSecond;
        double least = Math.Min(ridge / 100, counted.Length == 0 ? ridge : 0.7 * counted.Min(Intensity)), most = Math.Max(10 * ridge, counted.Length == 0 ? ridge : 1.4 * counted.Max(Intensity));
        Add(plot, "roof", s_second, [new(least, 1e-9 * least * roof.BytesPerSecond), new(ridge, 1e-9 * roof.Flops), new(most, 1e-9 * roof.Flops)]);
        var points = new ScatterSeries { Title = "operations", MarkerType = MarkerType.Circle, MarkerFill = OxyColor.FromAColor(160, s_first) };
        foreach (OperationLine line in counted)
        {
            points.Points.Add(new ScatterPoint(Intensity(line), 1e-9 * line.FlopRate, Radius(line)));
        }

        plot.Series.Add(points);
        double lowest = counted.Select(line => line.FlopRate).Append(least * roof.BytesPerSecond).Min();
        double perDecade = (Height - 110) / Math.Log10(roof.Flops / lowest); // pixels, about: the rest is legend and axis
        var placed = new List<(double Intensity, double Height)>();
        foreach (OperationLine line in counted.Take(NamedKernels).OrderByDescending(line => line.FlopRate))
        {
            bool isRight = Intensity(line) > Math.Sqrt(least * most); // the name goes to the side with more room
            double radius = 4 + Radius(line), height = -perDecade * Math.Log10(line.FlopRate);
            double free = placed.Where(name => Math.Abs(Math.Log(name.Intensity / Intensity(line))) < Math.Log(1.5)).Select(name => name.Height + Line).Append(height).Max();
            placed.Add((Intensity(line), free)); // names of neighbours do not cover each other
            plot.Annotations.Add(new TextAnnotation
            {
                Text = line.Name,
                TextPosition = new DataPoint(Intensity(line), 1e-9 * line.FlopRate),
                TextHorizontalAlignment = isRight ? HorizontalAlignment.Right : HorizontalAlignment.Left,
                TextVerticalAlignment = VerticalAlignment.Middle,
                Offset = new ScreenVector(isRight ? -radius : radius, free - height),
                FontSize = 12,
                StrokeThickness = 0,
                TextColor = s_ink,
            });
        }

        return Svg(plot);
    }

    private static void AddBands(PlotModel plot, IEnumerable<(string Phase, double Start, double End)> bands)
    {
        bool isShaded = false;
        double width = plot.Axes[0].Maximum;
        foreach ((string phase, double start, double end) in bands.Where(band => band.End - band.Start > NarrowestBand * width))
        {
            plot.Annotations.Add(new RectangleAnnotation
            {
                MinimumX = start,
                MaximumX = end,
                Fill = isShaded ? OxyColor.FromAColor(110, s_grid) : OxyColors.Transparent,
                Layer = AnnotationLayer.BelowSeries,
                Text = end - start > Letter * phase.Length * width ? phase : "",
                FontSize = 12,
                TextColor = s_ink,
                TextPosition = new DataPoint((start + end) / 2, plot.Axes[1].Maximum),
                TextVerticalAlignment = VerticalAlignment.Top,
            });
            isShaded = !isShaded;
        }
    }
}
