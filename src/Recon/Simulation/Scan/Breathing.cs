namespace Stardeq.Recon;

// inhaled(t) = sin⁴(π t/T): half of a breath near full exhale, as diaphragms do                            [LUJ99]

/// <summary>
/// Free breathing. Inhaling moves each organ towards the feet by its mobility times the amplitude, and stretches the body
/// from back to front, which moves by a quarter of the amplitude; the back lies still, and so do the coils. In a volume nobody
/// has told the organs apart: all of it has the mobility 1.
/// </summary>
/// <param name="Amplitude">Way of the diaphragm from exhale to inhale, mm; 0 for a held breath.</param>
/// <param name="Period">Of a breath, seconds.</param>
/// <param name="RepetitionTime">Between two readouts, seconds.</param>
public sealed record Breathing(double Amplitude, double Period, double RepetitionTime)
{
    private const double FrontPerDiaphragm = 0.25; // way of the front of the body over that of the diaphragm
    private const double Back = 0.33;              // where the back lies, fields of view

    /// <summary>How much of a full breath is in the lungs when a readout is taken, 0 to 1.</summary>
    /// <param name="spoke">Spoke in order of acquisition.</param>
    /// <param name="partition">Partition; all partitions of a spoke are read before the next spoke.</param>
    /// <param name="partitions">Partitions that are read.</param>
    public double Inhaled(int spoke, int partition, int partitions)
    {
        double time = (((double)spoke * partitions) + partition) * RepetitionTime;
        double sine = Math.Sin(Math.PI * time / Period);
        return Amplitude > 0 ? sine * sine * sine * sine : 0;
    }

    /// <summary>Factor of distances from the back.</summary>
    /// <param name="inhaled">Part of a full breath.</param>
    /// <param name="fieldOfView">In the plane, mm.</param>
    /// <param name="thickness">Of the body from back to front at exhale, fields of view.</param>
    public double Stretch(double inhaled, double fieldOfView, double thickness) => 1 + (FrontPerDiaphragm * Amplitude * inhaled / fieldOfView / thickness);

    /// <summary>Slices of a volume above the slab that inhaling brings into it, at least in part.</summary>
    /// <param name="slab">Thickness of the slab, mm.</param>
    /// <param name="partitions">Its slices.</param>
    public int SlicesAbove(double slab, int partitions) => (int)Math.Ceiling(Amplitude / slab * partitions);

    /// <summary>Where a blob is then.</summary>
    /// <param name="blob">At exhale.</param>
    /// <param name="inhaled">Part of a full breath.</param>
    /// <param name="fieldOfView">In the plane, mm.</param>
    /// <param name="slab">Thickness of the slab, mm.</param>
    internal PlacedBlob Place(Blob blob, double inhaled, double fieldOfView, double slab)
    {
        PlacedBlob placed = PlacedBlob.At(blob);
        double stretch = Stretch(inhaled, fieldOfView, 2 * Back);
        return placed with
        {
            Centre = new Vector3D(blob.X, Back + ((blob.Y - Back) * stretch), blob.Z - (blob.Mobility * Amplitude * inhaled / slab)),
            FirstY = placed.FirstY * stretch,
            SecondY = placed.SecondY * stretch,
            Integral = placed.Integral * stretch,
        };
    }
}
