namespace KernelDiff.Engine.Files;

/// <summary>
/// The names that CompVis latent-diffusion gives the moving averages of a model's parameters: the dots of a parameter's name below
/// <c>model.</c> are removed, so that <c>model.diffusion_model.out.2.bias</c> is averaged in <c>model_ema.diffusion_modelout2bias</c>. The
/// way back is not unique; averages are found from the parameters.
/// </summary>
public static class EmaNames
{
    /// <summary>What the names of averaged parameters begin with.</summary>
    public const string ParameterPrefix = "model.";

    /// <summary>What the names of averages begin with.</summary>
    public const string BufferPrefix = "model_ema.";

    /// <summary>Averages' own state: how fast they follow, and how often they were updated.</summary>
    private static readonly string[] StateNames = [$"{BufferPrefix}decay", $"{BufferPrefix}num_updates"];

    /// <summary>The name of a parameter's average.</summary>
    /// <param name="parameterName">A name that begins with <c>model.</c></param>
    /// <exception cref="ArgumentException">The name begins differently: there is no average of it.</exception>
    public static string BufferName(string parameterName)
    {
        ArgumentNullException.ThrowIfNull(parameterName);
        return parameterName.StartsWith(ParameterPrefix, StringComparison.Ordinal)
            ? BufferPrefix + parameterName[ParameterPrefix.Length..].Replace(".", string.Empty, StringComparison.Ordinal)
            : throw new ArgumentException($"{PrintableText.Quote(parameterName)} does not begin with {ParameterPrefix}", nameof(parameterName));
    }

    /// <summary>Maps the names of averages to those of their parameters.</summary>
    /// <param name="parameterNames">Names that begin with <c>model.</c></param>
    /// <exception cref="ArgumentException">Two parameters' averages would have the same name.</exception>
    public static IReadOnlyDictionary<string, string> ParametersByBuffer(IEnumerable<string> parameterNames)
    {
        ArgumentNullException.ThrowIfNull(parameterNames);
        var parameters = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string parameterName in parameterNames)
        {
            if (!parameters.TryAdd(BufferName(parameterName), parameterName))
            {
                throw new ArgumentException(
                    $"The averages of {PrintableText.Quote(parameterName)} and {PrintableText.Quote(parameters[BufferName(parameterName)])} "
                    + "have the same name.",
                    nameof(parameterNames));
            }
        }

        return parameters;
    }

    /// <summary>A file's state dict with the averages in the place of the parameters that they belong to.</summary>
    /// <exception cref="WeightFileException">The file holds no averages, or one of another shape or type than its parameter.</exception>
    public static EmaStateDict Substitute(WeightFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var tensors = new OrderedDictionary<string, WeightTensor>(StringComparer.Ordinal);
        var averaged = new List<string>();
        var unclaimed = new OrderedDictionary<string, WeightTensor>(StringComparer.Ordinal);
        foreach ((string name, WeightTensor tensor) in file.StateDict)
        {
            if (name.StartsWith(BufferPrefix, StringComparison.Ordinal))
                unclaimed.Add(name, tensor);
            else
                tensors.Add(name, tensor);
        }

        if (unclaimed.Count == 0)
            throw new WeightFileException(file.Path, "it holds no moving averages (model_ema.*)", "Use its weights as they are, without --ema.");
        foreach ((string name, WeightTensor tensor) in file.StateDict)
        {
            if (!name.StartsWith(ParameterPrefix, StringComparison.Ordinal) || !file.TryFind(BufferName(name), out WeightTensor? average))
                continue;
            if (!unclaimed.Remove(BufferName(name)))
                throw Mismatch(file, name, "has the same average as another parameter");
            if (average.Type != tensor.Type || !average.Shape.AsSpan().SequenceEqual(tensor.Shape.AsSpan()))
                throw Mismatch(file, name, $"is {Describe(tensor)}, but its moving average is {Describe(average)}");
            tensors[name] = average;
            averaged.Add(name);
        }

        return new EmaStateDict(tensors, averaged, [.. unclaimed.Keys.Except(StateNames)]);
    }

    private static string Describe(WeightTensor tensor) => $"{tensor.Type.SafeTensorsName()} {tensor.ShapeText}";

    private static WeightFileException Mismatch(WeightFile file, string name, string fault) => new(
        file.Path, $"parameter {PrintableText.Quote(name)} {fault}", "The file is damaged or was edited: use its weights without --ema.");
}

/// <summary>A state dict in which moving averages stand for the parameters.</summary>
/// <param name="Tensors">All tensors but the averages, by the names of the state dict.</param>
/// <param name="Averaged">Names of the parameters that were replaced.</param>
/// <param name="Unclaimed">Names of averages that belong to no parameter.</param>
public sealed record EmaStateDict(
    IReadOnlyDictionary<string, WeightTensor> Tensors, IReadOnlyList<string> Averaged, IReadOnlyList<string> Unclaimed);
