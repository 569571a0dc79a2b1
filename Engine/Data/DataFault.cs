namespace KernelDiff.Engine.Data;

/// <summary>A file or row of a data set that was left out, and why.</summary>
/// <param name="Name">The file, or the row's name, as the data set names it.</param>
/// <param name="Reason">What is wrong, as a clause.</param>
public sealed record DataFault(string Name, string Reason);
