namespace KernelDiff.Runner;

/// <summary>
/// One line on a terminal that says what is going on; nothing where stderr is not a terminal. Nothing runs in the background, so that
/// it does not disturb what is being timed.
/// </summary>
internal sealed class ProgressLine(RunnerConsole console)
{
    private const string ClearLine = "\r\e[K";

    private bool isShown;

    public void Show(string text)
    {
        if (console.IsErrorInteractive)
        {
            var width = (console.Width ?? 80) - 1;
            console.Error.Write(ClearLine + (text.Length <= width ? text : text[..width]));
            isShown = true;
        }
    }

    /// <summary>Leaves an empty line for what follows.</summary>
    public void Clear()
    {
        if (isShown)
        {
            console.Error.Write(ClearLine);
            isShown = false;
        }
    }
}
