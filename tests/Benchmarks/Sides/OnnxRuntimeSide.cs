using KernelDiff.Engine.Configuration;
using KernelDiff.Engine.Files;
using Microsoft.ML.OnnxRuntime;

namespace KernelDiff.Benchmarks;

/// <summary>ONNX Runtime on the exported network, with all graph optimisations and otherwise its own settings.</summary>
internal sealed class OnnxRuntimeSide : ISide
{
    private readonly InferenceSession session;
    private readonly RunOptions options = new();
    private readonly Dictionary<string, OrtValue> inputs = [];
    private readonly string output;

    public OnnxRuntimeSide(string folder, int threads)
    {
        using (var settings = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
        })
        {
            session = new InferenceSession(WorkloadFolder.OnnxOf(folder), settings);
        }

        using var file = WeightFile.Open(WorkloadFolder.InputsOf(folder));
        foreach (var name in session.InputNames)
        {
            var tensor = file.Find(name);
            inputs[name] = OrtValue.CreateTensorValueFromMemory(
                file.ReadSingle(tensor), [.. tensor.Shape.Select(size => (long)size)]);
        }

        output = Workload.Load(folder).Part == ModelPart.UNet ? "noise" : "image";
    }

    public string Description => $"{OrtEnv.Instance().GetVersionString()}, all graph optimisations";

    public void Run()
    {
        using var results = session.Run(options, inputs, [output]);
    }

    public float[] Output()
    {
        using var results = session.Run(options, inputs, [output]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    public void Dispose()
    {
        foreach (var input in inputs.Values)
        {
            input.Dispose();
        }

        options.Dispose();
        session.Dispose();
    }
}
