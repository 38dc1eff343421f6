namespace Stardeq.Autodiff;

/// <summary>Decides which weight a layer uses in place of its parameter.</summary>
public interface IWeightRule
{
    /// <summary>The weight to use; must not change between two updates of the parameters.</summary>
    /// <param name="tape">Recording or forgetful.</param>
    /// <param name="weight">The parameter.</param>
    Variable Use(Tape tape, Parameter weight);
}
