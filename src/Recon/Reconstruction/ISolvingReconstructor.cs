using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>How one image was solved for.</summary>
/// <param name="LargestEigenvalue">L, the largest eigenvalue of Aᴴ W A, by Lanczos.</param>
/// <param name="Weight">Absolute weight of the regulariser, in the units of the data.</param>
/// <param name="Iterations">Steps taken.</param>
/// <param name="Residual">Relative size of what would be 0 at the solution.</param>
/// <param name="Status">How it ended.</param>
public sealed record ClassicalSolve(double LargestEigenvalue, double Weight, int Iterations, double Residual, LinearSolveStatus Status);

/// <summary>A method without training that minimises a function step by step.</summary>
public interface ISolvingReconstructor : IReconstructor
{
    /// <summary>What is minimised, how, and when it stops.</summary>
    string Objective { get; }

    /// <summary>Records of the images solved so far, in order.</summary>
    IReadOnlyList<ClassicalSolve> Solves { get; }
}
