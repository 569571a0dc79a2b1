using KernelDiff.Kernels.Cases;

namespace KernelDiff.Kernels.Tests.Cases;

/// <summary>The cases of the registry as test cases named operation/case.</summary>
internal static class CaseSource
{
    /// <summary>Elements of all operands together: a simulated thread costs microseconds.</summary>
    private const long LongestSimulated = 60_000;

    public static IEnumerable<TestCaseData> All => Where(_ => true);

    public static IEnumerable<TestCaseData> WithGradient => Where(candidate => candidate.Gradient is not null);

    public static IEnumerable<TestCaseData> WithBatch => Where(candidate => candidate.AtBatch is not null);

    /// <summary>Every case where the long matrix is asked for, else none.</summary>
    public static IEnumerable<TestCaseData> AllOfLongMatrix => TestEnvironment.IsFull ? All : [];

    /// <summary>
    /// What simulated devices run: the tiny cases, and in the long matrix the small ones too, as far as their operands are not too long.
    /// </summary>
    public static IEnumerable<TestCaseData> Simulated => Where(candidate =>
        candidate.Scale == CaseScale.Tiny
        || (TestEnvironment.IsFull && candidate.Operands.Sum(operand => (long)operand.Length) <= LongestSimulated));

    public static IEnumerable<TestCaseData> Operations =>
        OperationRegistry.All.Select(operation => new TestCaseData(operation).SetArgDisplayNames(operation.Name));

    public static IEnumerable<TestCaseData> BackwardOperations => OperationRegistry.All
        .Where(operation => operation.Name.Contains("backward", StringComparison.Ordinal)
            || operation.Name.Contains("gradient", StringComparison.Ordinal))
        .Select(operation => new TestCaseData(operation).SetArgDisplayNames(operation.Name));

    public static string Key(Operation operation, OperationCase operationCase) => $"{operation.Name}/{operationCase.Name}";

    public static (Operation Operation, OperationCase Case) Find(string key)
    {
        var separator = key.IndexOf('/', StringComparison.Ordinal);
        var operation = OperationRegistry.All.Single(operation => operation.Name == key[..separator]);
        return (operation, operation.Cases.Single(candidate => candidate.Name == key[(separator + 1)..]));
    }

    private static IEnumerable<TestCaseData> Where(Func<OperationCase, bool> predicate) =>
        from operation in OperationRegistry.All
        from operationCase in operation.Cases
        where operationCase.Scale != CaseScale.Benchmark && predicate(operationCase)
        select new TestCaseData(operation, operationCase).SetArgDisplayNames(Key(operation, operationCase));
}
