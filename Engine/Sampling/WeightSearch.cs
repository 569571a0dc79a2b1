namespace KernelDiff.Engine.Sampling;

/// <summary>Where a model is looked for when nobody names one.</summary>
public static class WeightSearch
{
    /// <summary>Names a model file.</summary>
    public const string EnvironmentVariable = "KERNELDIFF_WEIGHTS";

    /// <summary>The demo's model, in the folder <c>weights</c> beside the executable.</summary>
    public const string DefaultFile = "demo.safetensors";

    /// <summary>The file that was named, else that of the environment variable, else the demo's.</summary>
    /// <param name="named">What the user named, or null.</param>
    /// <exception cref="FileNotFoundException">No file was named and there is no demo model.</exception>
    public static string Find(string? named)
    {
        if (named is not null)
        {
            return named;
        }

        if (Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } path)
        {
            return path;
        }

        var demo = Path.Combine(AppContext.BaseDirectory, "weights", DefaultFile);
        return File.Exists(demo) ? demo : throw new FileNotFoundException(
            $"There is no model: '{demo}' is missing. Name one with --weights FILE or {EnvironmentVariable}; `kerneldiff train diffusion` makes one.");
    }
}
