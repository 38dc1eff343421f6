using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Least squares for the three delays from linear equations of pairs of spokes, without pairs that contradict the rest.</summary>
internal sealed class DelayFit
{
    private const int Unknowns = 3;
    private const int Rounds = 4;          // of leaving outliers out; the median does not move after two
    private const double Outlier = 4;      // times the median size of a residual: 2.7 standard deviations of a normal one
    private const double Floor = 1e-6;     // samples; smaller residuals are rounding and no reason to leave a pair out
    private const double WorstPivot = 1e-3; // of the diagonal: the angles then determine each delay to 3 % of the others at least

    private readonly List<(double[] Rows, double[] Values)> _pairs = [];

    /// <summary>Adds the equations of one pair.</summary>
    /// <param name="rows">[equation, 3], coefficients of (x, y, xy).</param>
    /// <param name="values">[equation], in samples.</param>
    public void Add(double[] rows, double[] values) => _pairs.Add((rows, values));

    /// <summary>Solves.</summary>
    /// <param name="advice">What to do if the pairs do not determine the delays.</param>
    /// <exception cref="InputException">Too few pairs, or too few directions.</exception>
    public DelayEstimate Solve(string advice)
    {
        var used = _pairs.ToList();
        double[] solution = Solve(used, advice, out double[] inverseDiagonal);
        for (int round = 0; round < Rounds; round++)
        {
            double[] sizes = [.. _pairs.Select(pair => Residual(pair, solution))];
            double limit = Math.Max(Floor, Outlier * sizes.Order().ElementAt(sizes.Length / 2));
            used = [.. _pairs.Where((_, i) => sizes[i] <= limit)];
            solution = Solve(used, advice, out inverseDiagonal);
        }

        int equations = used.Sum(pair => pair.Values.Length);
        double variance = used.Sum(pair => Math.Pow(Residual(pair, solution), 2)) / Math.Max(1, equations - Unknowns);
        return new DelayEstimate(new GradientDelays(solution[0], solution[1], solution[2]), Math.Sqrt(variance * inverseDiagonal.Max()), used.Count, _pairs.Count - used.Count);
    }

    private static double Residual((double[] Rows, double[] Values) pair, double[] solution)
    {
        double sum = 0;
        for (int e = 0; e < pair.Values.Length; e++)
        {
            double model = Enumerable.Range(0, Unknowns).Sum(i => pair.Rows[(e * Unknowns) + i] * solution[i]);
            sum += (pair.Values[e] - model) * (pair.Values[e] - model);
        }

        return Math.Sqrt(sum);
    }

    private static double[] Solve(List<(double[] Rows, double[] Values)> pairs, string advice, out double[] inverseDiagonal)
    {
        double[] normal = new double[Unknowns * Unknowns], right = new double[Unknowns];
        foreach ((double[] rows, double[] values) in pairs)
        {
            for (int e = 0; e < values.Length; e++)
            {
                for (int i = 0; i < Unknowns; i++)
                {
                    right[i] += rows[(e * Unknowns) + i] * values[e];
                    for (int j = 0; j < Unknowns; j++)
                    {
                        normal[(i * Unknowns) + j] += rows[(e * Unknowns) + i] * rows[(e * Unknowns) + j];
                    }
                }
            }
        }

        double[] diagonal = [.. Enumerable.Range(0, Unknowns).Select(i => normal[(i * Unknowns) + i])];
        bool solvable = pairs.Count >= Unknowns && SmallLinearSolver.CholeskyInPlace(normal, Unknowns)
            && Enumerable.Range(0, Unknowns).All(i => Math.Pow(normal[(i * Unknowns) + i], 2) > WorstPivot * diagonal[i]);
        if (!solvable)
        {
            throw new InputException($"gradient delays: {pairs.Count} usable pairs of spokes do not determine them. {advice}");
        }

        double[] Inverse(int column)
        {
            double[] x = [.. Enumerable.Range(0, Unknowns).Select(i => i == column ? 1.0 : 0)];
            SmallLinearSolver.SolveFactored(normal, Unknowns, x);
            return x;
        }

        inverseDiagonal = [.. Enumerable.Range(0, Unknowns).Select(i => Inverse(i)[i])];
        SmallLinearSolver.SolveFactored(normal, Unknowns, right);
        return right;
    }
}
