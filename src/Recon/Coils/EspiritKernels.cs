using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Stardeq.Recon;

// The patches of calibration k-space, kernel² · coils numbers each, span a space of few dimensions; Π projects on it. Π leaves every patch of k-space
// as it is, so the mean over all positions of "cut a patch out, project, put it back" leaves k-space as it is. That mean is a convolution, in image
// space a coils × coils matrix at each pixel, of which the map is an eigenvector of eigenvalue 1 [UEC14]. Derivation: docs/derivations/espirit.md.

/// <summary>The convolution that leaves the k-space of a slice as it is.</summary>
/// <param name="Coils">Receive coils.</param>
/// <param name="Reach">Lags run from −reach to reach on both axes: kernel side − 1.</param>
/// <param name="Lags">[lag y, lag x, coil, coil]: Σ over the kernel positions with that lag of Π, over kernel².</param>
/// <param name="Kept">Dimension of the space of patches.</param>
internal sealed record EspiritKernels(int Coils, int Reach, Complex[] Lags, int Kept)
{
    /// <summary>The convolution of one slice.</summary>
    /// <param name="calibration">[coil][y · width + x] k-space on a grid.</param>
    /// <param name="width">Width of the grid.</param>
    /// <param name="settings">Kernel and threshold.</param>
    public static EspiritKernels Of(Complex[][] calibration, int width, EspiritSettings settings)
    {
        int side = settings.Kernel, coils = calibration.Length;
        Matrix<Complex> basis = Basis(Patches(calibration, width, side), settings.Threshold);
        return new EspiritKernels(coils, side - 1, Sum(basis * basis.ConjugateTranspose(), side, coils), basis.ColumnCount);
    }

    /// <summary>The Hermitian matrices of a row of pixels along x by the lags along x: [lag x, coil, coil].</summary>
    /// <param name="turn">2π y / rows, y from the centre.</param>
    public Complex[] AlongRow(double turn)
    {
        int lags = (2 * Reach) + 1, block = lags * Coils * Coils;
        var row = new Complex[block];
        for (int lag = 0; lag < lags; lag++)
        {
            var phase = Complex.FromPolarCoordinates(1, turn * (lag - Reach));
            for (int i = 0; i < block; i++)
            {
                row[i] += phase * Lags[(lag * block) + i];
            }
        }

        return row;
    }

    /// <summary>One patch per column: [position of the kernel, coil] at each place where it fits.</summary>
    private static Matrix<Complex> Patches(Complex[][] calibration, int width, int side)
    {
        int places = width - side + 1;
        return Matrix<Complex>.Build.Dense(side * side * calibration.Length, places * places, (element, place) =>
        {
            int position = element / calibration.Length, y = (place / places) + (position / side), x = (place % places) + (position % side);
            return calibration[element % calibration.Length][(y * width) + x];
        });
    }

    /// <summary>Orthonormal basis of the left singular vectors above a part of the largest singular value, by the smaller Gram matrix.</summary>
    private static Matrix<Complex> Basis(Matrix<Complex> patches, double threshold)
    {
        bool isTall = patches.RowCount > patches.ColumnCount;
        Matrix<Complex> adjoint = patches.ConjugateTranspose(), gram = isTall ? adjoint * patches : patches * adjoint;
        Evd<Complex> eigen = gram.Evd(Symmetricity.Hermitian);
        double[] squares = [.. eigen.EigenValues.Select(value => value.Real)]; // ascending
        double level = threshold * threshold * squares[^1];
        int first = Array.FindIndex(squares, square => square > level);
        if (first < 0)
        {
            return Matrix<Complex>.Build.Dense(patches.RowCount, 1); // no signal: nothing is left as it is
        }

        Matrix<Complex> kept = eigen.EigenVectors.SubMatrix(0, gram.RowCount, first, squares.Length - first);
        return isTall ? patches * kept * Matrix<Complex>.Build.DenseOfDiagonalArray([.. squares[first..].Select(square => new Complex(1 / Math.Sqrt(square), 0))]) : kept;
    }

    private static Complex[] Sum(Matrix<Complex> projector, int side, int coils)
    {
        int lags = (2 * side) - 1;
        var sums = new Complex[lags * lags * coils * coils];
        for (int column = 0; column < projector.ColumnCount; column++)
        {
            (int from, int other) = (column / coils, column % coils);
            for (int row = 0; row < projector.RowCount; row++)
            {
                (int to, int coil) = (row / coils, row % coils);
                int lagY = (to / side) - (from / side) + side - 1, lagX = (to % side) - (from % side) + side - 1;
                sums[(((((lagY * lags) + lagX) * coils) + coil) * coils) + other] += projector[row, column] / (side * side);
            }
        }

        return sums;
    }
}
