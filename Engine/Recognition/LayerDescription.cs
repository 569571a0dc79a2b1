using System.Text.Json.Serialization;

namespace KernelDiff.Engine.Recognition;

/// <summary>What a layer of a <see cref="LayerList"/> does.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LayerKind>))]
public enum LayerKind
{
    /// <summary>A convolution; tensors <c>NAME.weight</c> [out, in, kernel, kernel] and <c>NAME.bias</c>.</summary>
    [JsonStringEnumMemberName("conv")]
    Convolution,

    /// <summary>A transposed 2 x 2 convolution with stride 2; tensors <c>NAME.weight</c> [in, out, 2, 2] and <c>NAME.bias</c>.</summary>
    [JsonStringEnumMemberName("transposed-conv")]
    TransposedConvolution,

    /// <summary>A matrix product over the channels; tensors <c>NAME.weight</c> [out, in] and <c>NAME.bias</c>.</summary>
    [JsonStringEnumMemberName("linear")]
    Linear,

    /// <summary>Batch normalisation by running statistics; tensors <c>NAME.weight</c>, <c>bias</c>, <c>running_mean</c>, <c>running_var</c>.</summary>
    [JsonStringEnumMemberName("batch-norm")]
    BatchNorm,

    /// <summary>Group normalisation; tensors <c>NAME.weight</c> and <c>NAME.bias</c>.</summary>
    [JsonStringEnumMemberName("group-norm")]
    GroupNorm,

    [JsonStringEnumMemberName("relu")]
    Relu,

    /// <summary>Leaky ReLU with slope 0.01 below zero.</summary>
    [JsonStringEnumMemberName("leaky-relu")]
    LeakyRelu,

    [JsonStringEnumMemberName("silu")]
    Silu,

    [JsonStringEnumMemberName("sigmoid")]
    Sigmoid,

    [JsonStringEnumMemberName("max-pool")]
    MaximumPool,

    [JsonStringEnumMemberName("average-pool")]
    AveragePool,

    /// <summary>Twice the height and width by repeating pixels.</summary>
    [JsonStringEnumMemberName("upsample-nearest")]
    UpsampleNearest,

    /// <summary>Twice the height and width, linearly between pixel centres.</summary>
    [JsonStringEnumMemberName("upsample-bilinear")]
    UpsampleBilinear,

    /// <summary>The channels of several outputs one after another.</summary>
    [JsonStringEnumMemberName("concat")]
    Concat,

    /// <summary>The sum of two outputs.</summary>
    [JsonStringEnumMemberName("add")]
    Add,

    /// <summary>The mean over all pixels: a vector of channels.</summary>
    [JsonStringEnumMemberName("mean")]
    Mean,
}

/// <summary>One layer of a <see cref="LayerList"/>.</summary>
public sealed record LayerDescription
{
    /// <summary>
    /// What later layers call its output, and the beginning of its tensors' names; needed for layers with tensors, else optional.
    /// </summary>
    [JsonPropertyName("name")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    [JsonPropertyName("kind")]
    public required LayerKind Kind { get; init; }

    /// <summary>Names of the outputs that it takes; null for that of the layer before. <c>input</c> is the picture.</summary>
    [JsonPropertyName("from")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? From { get; init; }

    /// <summary>Output channels of convolutions and linear layers.</summary>
    [JsonPropertyName("channels")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Channels { get; init; }

    /// <summary>Rows and columns of a window.</summary>
    [JsonPropertyName("kernel")]
    public int Kernel { get; init; } = 1;

    /// <summary>Pixels between neighbouring windows.</summary>
    [JsonPropertyName("stride")]
    public int Stride { get; init; } = 1;

    /// <summary>Pixels added on every side.</summary>
    [JsonPropertyName("padding")]
    public int Padding { get; init; }

    /// <summary>Whether a convolution or linear layer has a bias.</summary>
    [JsonPropertyName("bias")]
    public bool HasBias { get; init; } = true;

    /// <summary>Groups of a group normalisation.</summary>
    [JsonPropertyName("groups")]
    public int Groups { get; init; } = 1;

    /// <summary>Whether it has tensors in the weight file.</summary>
    [JsonIgnore]
    public bool HasTensors => Kind is LayerKind.Convolution or LayerKind.TransposedConvolution or LayerKind.Linear
        or LayerKind.BatchNorm or LayerKind.GroupNorm;
}
