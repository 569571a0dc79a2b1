namespace KernelDiff.Runner.Tests;

public sealed class NearestMatchTests
{
    private static readonly string[] Operations = ["matmul", "convolution", "attention", "group-norm", "layer-norm"];

    [TestCase("matmul", "matmul")]
    [TestCase("mtamul", "matmul")]
    [TestCase("MATMULL", "matmul")]
    [TestCase("conv", "convolution")]
    [TestCase("groupnorm", "group-norm")]
    [TestCase("atention", "attention")]
    public void Find_gives_what_was_probably_meant(string word, string expected)
    {
        Assert.That(NearestMatch.Find(word, Operations), Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("softmax")]
    [TestCase("xyzzy")]
    public void Find_gives_nothing_when_nothing_is_near(string word)
    {
        Assert.That(NearestMatch.Find(word, Operations), Is.Null);
    }

    [TestCase("", "abc", 3)]
    [TestCase("abc", "abc", 0)]
    [TestCase("abc", "ABC", 0)]
    [TestCase("abc", "acb", 1)]
    [TestCase("kitten", "sitting", 3)]
    [TestCase("abcdef", "abdecf", 2)]
    public void EditDistance_counts_insertions_deletions_replacements_and_swaps(string from, string to, int expected)
    {
        Assert.That(NearestMatch.EditDistance(from, to), Is.EqualTo(expected));
        Assert.That(NearestMatch.EditDistance(to, from), Is.EqualTo(expected));
    }
}
