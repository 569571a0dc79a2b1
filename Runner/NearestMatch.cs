namespace KernelDiff.Runner;

/// <summary>Finds what a user most likely meant.</summary>
internal static class NearestMatch
{
    /// <summary>
    /// The candidate with the smallest edit distance to <paramref name="word"/>, or null when none is near: more than a third of the
    /// letters, and at least two, would have to change. A candidate that starts with the word, ignoring case, counts as near.
    /// </summary>
    public static string? Find(string word, IEnumerable<string> candidates)
    {
        string? nearest = null;
        var smallest = int.MaxValue;
        foreach (var candidate in candidates)
        {
            var distance = word.Length > 0 && candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase)
                ? 1
                : EditDistance(word, candidate);
            if (distance < smallest && distance <= Math.Max(2, Math.Max(word.Length, candidate.Length) / 3))
            {
                nearest = candidate;
                smallest = distance;
            }
        }

        return nearest;
    }

    /// <summary>Fewest insertions, deletions, replacements and swaps of neighbours between two words, ignoring case.</summary>
    internal static int EditDistance(string from, string to)
    {
        // distances[i, j]: from the first i letters of one word to the first j letters of the other (optimal string alignment).
        var distances = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
        {
            distances[i, 0] = i;
        }

        for (var j = 0; j <= to.Length; j++)
        {
            distances[0, j] = j;
        }

        for (var i = 1; i <= from.Length; i++)
        {
            for (var j = 1; j <= to.Length; j++)
            {
                var replace = distances[i - 1, j - 1] + (Same(from[i - 1], to[j - 1]) ? 0 : 1);
                var shortest = Math.Min(replace, Math.Min(distances[i - 1, j], distances[i, j - 1]) + 1);
                if (i > 1 && j > 1 && Same(from[i - 1], to[j - 2]) && Same(from[i - 2], to[j - 1]))
                {
                    shortest = Math.Min(shortest, distances[i - 2, j - 2] + 1);
                }

                distances[i, j] = shortest;
            }
        }

        return distances[from.Length, to.Length];
    }

    private static bool Same(char one, char other) => char.ToUpperInvariant(one) == char.ToUpperInvariant(other);
}
