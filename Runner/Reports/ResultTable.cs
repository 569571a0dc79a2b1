using Spectre.Console;

namespace KernelDiff.Runner;

/// <summary>What a column holds, which decides how its cells stand.</summary>
internal enum ColumnKind
{
    /// <summary>On the left, never broken.</summary>
    Name,

    /// <summary>On the right, never broken.</summary>
    Number,

    /// <summary>On the left, broken between words where a terminal is narrow.</summary>
    Text,
}

/// <summary>
/// A result in rows: a table with borders for a person at a terminal that is wide enough, aligned text without any for a narrow one, a
/// pipe or a file.
/// </summary>
internal sealed class ResultTable
{
    private readonly (string Title, ColumnKind Kind)[] columns;
    private readonly List<string[]> rows = [];

    public ResultTable(params (string Title, ColumnKind Kind)[] columns)
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
        var widths = columns.Select((column, i) => rows.Select(row => row[i].Length).Append(column.Title.Length).Max()).ToArray();
        if (console.IsOutputInteractive && NarrowestRich(widths) <= (console.Width ?? int.MaxValue))
        {
            WriteRich(console.RichOut);
        }
        else
        {
            WritePlain(console.Out, widths);
        }
    }

    /// <summary>Columns of a terminal that the table with borders needs when its texts are broken.</summary>
    private int NarrowestRich(int[] widths)
    {
        const int NarrowestText = 16;
        const int Padding = 3;
        return 1 + widths.Select((width, i) => Padding + (columns[i].Kind == ColumnKind.Text ? Math.Min(width, NarrowestText) : width)).Sum();
    }

    private void WriteRich(IAnsiConsole console)
    {
        var table = new Table().RoundedBorder();
        foreach (var (title, kind) in columns)
        {
            var column = new TableColumn(new Text(title, new Style(decoration: Decoration.Bold)));
            table.AddColumn(kind switch
            {
                ColumnKind.Name => column.NoWrap(),
                ColumnKind.Number => column.RightAligned().NoWrap(),
                _ => column,
            });
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        console.Write(table);
    }

    private void WritePlain(TextWriter writer, int[] widths)
    {
        foreach (var row in rows.Prepend([.. columns.Select(column => column.Title)]))
        {
            var cells = row.Select((cell, i) => columns[i].Kind == ColumnKind.Number ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
            writer.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }
}
