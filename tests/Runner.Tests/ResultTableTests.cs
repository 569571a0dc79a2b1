namespace KernelDiff.Runner.Tests;

public sealed class ResultTableTests
{
    private static readonly string[] Wide = ["a longer name", "12"];

    [Test]
    public void Redirected_output_is_aligned_text_without_trailing_blanks()
    {
        Assert.That(Write(interactive: false), Is.EqualTo(
            "Name           Size\n"
            + "[x]               3\n"
            + "a longer name    12\n"));
    }

    [Test]
    public void A_terminal_gets_a_table_that_takes_brackets_literally()
    {
        var text = Write(interactive: true);

        Assert.That(text, Does.Contain("│ [x]"));
        Assert.That(text, Does.Contain("╭"));
    }

    [Test]
    public void A_terminal_too_narrow_for_borders_gets_aligned_text()
    {
        Assert.That(Write(interactive: true, width: 20), Is.EqualTo(Write(interactive: false)));
    }

    [Test]
    public void A_row_needs_a_cell_for_every_column()
    {
        var table = new ResultTable(("Name", ColumnKind.Name), ("Size", ColumnKind.Number));

        Assert.That(() => table.Add("alone"), Throws.ArgumentException);
    }

    private static string Write(bool interactive, int width = 60)
    {
        var table = new ResultTable(("Name", ColumnKind.Name), ("Size", ColumnKind.Number));
        table.Add("[x]", "3");
        table.Add(Wide);
        using var output = new StringWriter();
        table.Write(new RunnerConsole(output, TextWriter.Null, isOutputInteractive: interactive, width: width));
        return output.ToString();
    }
}
