using Spectre.Console;

namespace KernelDiff.Runner;

/// <summary>How the cells of a column stand.</summary>
internal enum ColumnAlignment
{
    Left,
    Right,
}

/// <summary>
/// A result in rows: a table with borders for a person at a terminal, aligned text without any for a pipe or a file.
/// </summary>
internal sealed class ResultTable
{
    private readonly (string Title, ColumnAlignment Alignment)[] columns;
    private readonly List<string[]> rows = [];

    public ResultTable(params (string Title, ColumnAlignment Alignment)[] columns)
    {
        this.columns = columns;
    }

    /// <summary>Appends a row.</summary>
    /// <exception cref="ArgumentException">There are not as many cells as columns.</exception>
    public void Add(params string[] cells)
    {
        if (cells.Length != columns.Length)
        {
            throw new ArgumentException($"The table has {columns.Length} columns, the row {cells.Length} cells.", nameof(cells));
        }

        rows.Add(cells);
    }

    public void Write(RunnerConsole console)
    {
        if (console.IsOutputInteractive)
        {
            WriteRich(console.RichOut);
        }
        else
        {
            WritePlain(console.Out);
        }
    }

    private void WriteRich(IAnsiConsole console)
    {
        var table = new Table().RoundedBorder();
        foreach (var (title, alignment) in columns)
        {
            var column = new TableColumn(new Text(title, new Style(decoration: Decoration.Bold)));
            table.AddColumn(alignment == ColumnAlignment.Right ? column.RightAligned().NoWrap() : column);
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        console.Write(table);
    }

    private void WritePlain(TextWriter writer)
    {
        var titles = columns.Select(column => column.Title).ToArray();
        var widths = titles.Select((title, i) => rows.Select(row => row[i].Length).Append(title.Length).Max()).ToArray();
        foreach (var row in rows.Prepend(titles))
        {
            var cells = row.Select((cell, i) =>
                columns[i].Alignment == ColumnAlignment.Right ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
            writer.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }
}
