using System.Globalization;
using KernelDiff.Engine.Data;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Sampling;

namespace KernelDiff.Runner.Commands;

/// <summary>Which faces a command makes, what their files are called, and how they stand in the grid.</summary>
internal sealed class SamplePlan
{
    private readonly Func<IReadOnlyList<RgbImage>, int, RgbImage> draw;
    private readonly Func<int, string>? suffix;

    private SamplePlan(
        IReadOnlyList<FaceRequest> requests, Func<IReadOnlyList<RgbImage>, int, RgbImage> draw, Func<int, string>? suffix = null)
    {
        Requests = requests;
        this.draw = draw;
        this.suffix = suffix;
    }

    public IReadOnlyList<FaceRequest> Requests { get; }

    /// <summary>A file's name without extension: SEED-INDEX, and what tells faces of one noise apart.</summary>
    public string NameOf(int place, SampleRecord record) =>
        string.Create(CultureInfo.InvariantCulture, $"{record.Seed}-{record.Index}{suffix?.Invoke(place)}");

    /// <summary>The labelled grid.</summary>
    public RgbImage Draw(IReadOnlyList<RgbImage> images, int size) => draw(images, size);

    /// <summary>Faces that each follow conditions of their own, or all the same.</summary>
    public static SamplePlan Faces(IReadOnlyList<FaceRequest> requests, bool sharesConditions) => new(requests, (images, size) =>
    {
        var cell = Math.Max(96, size);
        if (sharesConditions)
        {
            var row = new List<RgbImage?>();
            var labels = new List<string>();
            if (requests[0].Mask is { } shared)
            {
                row.Add(MaskColors.Paint(shared));
                labels.Add("mask");
            }

            row.AddRange(images);
            labels.AddRange(requests.Select(request => string.Create(CultureInfo.InvariantCulture, $"{request.Origin.Seed}-{request.Origin.Index}")));
            var grid = new ImageGrid(cell) { Title = Describe(requests[0].Attributes), ColumnLabels = labels };
            grid.AddRow(null, row);
            return grid.Render();
        }

        var pairs = new ImageGrid(cell);
        pairs.AddRow("mask", [.. requests.Select(request => request.Mask is { } mask ? MaskColors.Paint(mask) : null)]);
        pairs.AddRow("face", [.. images], [.. requests.Select(request => Describe(request.Attributes))]);
        return pairs.Render();
    });

    /// <summary>A row for each attribute: no, unspecified, yes.</summary>
    public static SamplePlan Sweep(FaceRequest request, IReadOnlyList<int> attributes)
    {
        AttributeState[] states = [AttributeState.No, AttributeState.Unspecified, AttributeState.Yes];
        string[] words = ["no", "unspecified", "yes"];
        var fixedStates = request.Attributes ?? [.. Enumerable.Repeat(AttributeState.Unspecified, FaceAttributes.Count)];
        var requests = (
            from attribute in attributes
            from state in states
            select request with { Attributes = [.. fixedStates.Select((current, i) => i == attribute ? state : current)] }).ToList();
        return new SamplePlan(
            requests,
            (images, size) =>
            {
                var grid = new ImageGrid(Math.Max(96, size))
                {
                    Title = Describe(request.Attributes),
                    ColumnLabels = request.Mask is null ? words : ["mask", .. words],
                };
                for (var row = 0; row < attributes.Count; row++)
                {
                    var faces = images.Skip(row * states.Length).Take(states.Length).Cast<RgbImage?>();
                    grid.AddRow(
                        FaceAttributes.Names[attributes[row]].Replace('_', ' '),
                        request.Mask is { } mask ? [MaskColors.Paint(mask), .. faces] : [.. faces]);
                }

                return grid.Render();
            },
            place => $"-{FaceAttributes.Names[attributes[place / states.Length]]}-{words[place % states.Length]}");
    }

    /// <summary>From one noise to another.</summary>
    public static SamplePlan Interpolation(FaceRequest request, NoiseOrigin towards, int count)
    {
        var parts = Enumerable.Range(0, count).Select(i => i / (count - 1.0)).ToList();
        var labels = parts.ConvertAll(part => part.ToString("0.00", CultureInfo.InvariantCulture));
        return new SamplePlan(
            [.. parts.Select(part => request with { TowardsOrigin = towards, Part = part })],
            (images, size) =>
            {
                var grid = new ImageGrid(Math.Max(96, size))
                {
                    Title = string.Create(CultureInfo.InvariantCulture, $"seed {request.Origin.Seed} to seed {towards.Seed}"),
                    ColumnLabels = request.Mask is null ? labels : ["mask", .. labels],
                };
                grid.AddRow(null, request.Mask is { } mask ? [MaskColors.Paint(mask), .. images] : [.. images]);
                return grid.Render();
            },
            place => string.Create(CultureInfo.InvariantCulture, $"-to-{towards.Seed}-{labels[place]}"));
    }

    private static string Describe(IReadOnlyList<AttributeState>? states) => states is null
        ? ""
        : string.Join(", ", states
            .Select((state, i) => (State: state, Name: FaceAttributes.Names[i].Replace('_', ' ')))
            .Where(entry => entry.State == AttributeState.Yes)
            .Select(entry => entry.Name));
}
