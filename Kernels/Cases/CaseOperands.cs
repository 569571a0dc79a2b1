using System.Runtime.InteropServices;

namespace KernelDiff.Kernels.Cases;

/// <summary>The operands of a case on a device.</summary>
public sealed class CaseOperands : IDisposable
{
    private readonly Device device;
    private readonly int offset;
    private readonly Dictionary<string, DeviceSpan<float>> singles = [];
    private readonly Dictionary<string, DeviceSpan<int>> integers = [];
    private readonly Dictionary<string, DeviceSpan<byte>> bytes = [];

    /// <param name="device">Where they are.</param>
    /// <param name="operationCase">The case.</param>
    /// <param name="values">Values of the inputs.</param>
    /// <param name="offset">Elements of their buffers before the first one of each.</param>
    internal CaseOperands(Device device, OperationCase operationCase, CaseValues values, int offset = 0)
    {
        this.device = device;
        this.offset = offset;
        foreach (var operand in operationCase.Operands)
        {
            switch (operand.Type)
            {
                case OperandType.Single:
                    singles[operand.Name] = Place(operand, values, value => (float)value);
                    break;
                case OperandType.Int32:
                    integers[operand.Name] = Place(operand, values, value => (int)value);
                    break;
                default:
                    bytes[operand.Name] = Place(operand, values, value => (byte)value);
                    break;
            }
        }
    }

    /// <summary>A float operand; absent if the case leaves it out.</summary>
    public DeviceSpan<float> Single(string name) => singles.GetValueOrDefault(name);

    /// <summary>An int32 operand; absent if the case leaves it out.</summary>
    public DeviceSpan<int> Integers(string name) => integers.GetValueOrDefault(name);

    /// <summary>A byte operand; absent if the case leaves it out.</summary>
    public DeviceSpan<byte> Bytes(string name) => bytes.GetValueOrDefault(name);

    /// <summary>Puts the values of operands that a launch changes back to where they were.</summary>
    internal void Restore(OperationCase operationCase, CaseValues values)
    {
        foreach (var operand in operationCase.Operands.Where(operand => operand.Role == OperandRole.InputOutput))
        {
            singles[operand.Name].CopyFrom(Array.ConvertAll(values[operand.Name], value => (float)value));
        }
    }

    /// <summary>Sets every bit of the operands that a launch writes entirely.</summary>
    internal void InvalidateOutputs(OperationCase operationCase)
    {
        foreach (var operand in operationCase.Operands.Where(operand => operand.Role == OperandRole.Output))
        {
            switch (operand.Type)
            {
                case OperandType.Single:
                    Invalidate(singles[operand.Name]);
                    break;
                case OperandType.Int32:
                    Invalidate(integers[operand.Name]);
                    break;
                default:
                    Invalidate(bytes[operand.Name]);
                    break;
            }
        }
    }

    /// <summary>What the device holds for an operand now.</summary>
    internal double[] Read(Operand operand) => operand.Type switch
    {
        OperandType.Single => Array.ConvertAll(singles[operand.Name].ToArray(), value => (double)value),
        OperandType.Int32 => Array.ConvertAll(integers[operand.Name].ToArray(), value => (double)value),
        _ => Array.ConvertAll(bytes[operand.Name].ToArray(), value => (double)value),
    };

    public void Dispose()
    {
        foreach (var span in singles.Values)
        {
            device.Pool.Return(span.Buffer!);
        }

        foreach (var span in integers.Values)
        {
            device.Pool.Return(span.Buffer!);
        }

        foreach (var span in bytes.Values)
        {
            device.Pool.Return(span.Buffer!);
        }
    }

    private static void Invalidate<T>(DeviceSpan<T> span)
        where T : unmanaged
    {
        var values = new T[span.Length];
        MemoryMarshal.AsBytes(values.AsSpan()).Fill(0xFF);
        span.CopyFrom(values);
    }

    private DeviceSpan<T> Place<T>(Operand operand, CaseValues values, Converter<double, T> convert)
        where T : unmanaged
    {
        var span = device.Allocate<T>(offset + operand.Length).Slice(offset, operand.Length);
        if (operand.Role != OperandRole.Output)
        {
            span.CopyFrom(Array.ConvertAll(values[operand.Name], convert));
        }

        return span;
    }
}
