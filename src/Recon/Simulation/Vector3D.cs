namespace Stardeq.Recon;

/// <summary>A point or frequency in three dimensions, double precision.</summary>
/// <param name="X">Along x.</param>
/// <param name="Y">Along y.</param>
/// <param name="Z">Along z.</param>
internal readonly record struct Vector3D(double X, double Y, double Z)
{
    /// <summary>Scalar product.</summary>
    public double Dot(Vector3D other) => (X * other.X) + (Y * other.Y) + (Z * other.Z);

    /// <summary>Vector product.</summary>
    public Vector3D Cross(Vector3D other) => new((Y * other.Z) - (Z * other.Y), (Z * other.X) - (X * other.Z), (X * other.Y) - (Y * other.X));

    /// <summary>Sum.</summary>
    public Vector3D Plus(Vector3D other) => new(X + other.X, Y + other.Y, Z + other.Z);

    /// <summary>Product with a number.</summary>
    public Vector3D Times(double factor) => new(factor * X, factor * Y, factor * Z);
}
