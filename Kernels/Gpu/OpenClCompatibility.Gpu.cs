using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU.Backends.OpenCL;
using ILGPU.Runtime.OpenCL;

namespace KernelDiff.Kernels.Gpu;

/// <summary>
/// Everything that ILGPU 1.5.3 needs changed to run on OpenCL devices, in one place. Kernels of this project use the portable subset
/// (no generic pointers across address spaces), which is what makes these changes sound.
/// </summary>
internal static partial class OpenClCompatibility
{
    private const string PoclVendor = "The pocl project";

    /// <summary>
    /// ILGPU refuses devices without OpenCL 2.0's generic address space, and PoCL 3.1 is one. Our kernels only ever need pointers to
    /// global memory where ILGPU writes generic ones, so the capability is claimed and the source is patched. On PoCL the language
    /// version is lowered from 3.0 to 2.0 as well: only then does ILGPU pass <c>-cl-std=CL2.0</c>.
    /// </summary>
    public static bool ClaimGenericAddressSpace(CLDevice device)
    {
        if (device.Capabilities.GenericAddressSpace)
        {
            return false;
        }

        typeof(CLCapabilityContext).GetProperty(nameof(CLCapabilityContext.GenericAddressSpace))!.SetValue(device.Capabilities, true);
        if (IsPocl(device) && device.DeviceVersion > CLDeviceVersion.CL20)
        {
            typeof(CLDevice).GetProperty(nameof(CLDevice.DeviceVersion))!.SetValue(device, CLDeviceVersion.CL20);
        }

        return true;
    }

    /// <summary>What every OpenCL device has, and the generic address space that is claimed for those without.</summary>
    public static CLCapabilityContext PortableCapabilities()
    {
        var capabilities = new CLCapabilityContext(false, false, false, false, false);
        typeof(CLCapabilityContext).GetProperty(nameof(CLCapabilityContext.GenericAddressSpace))!.SetValue(capabilities, true);
        return capabilities;
    }

    public static bool IsPocl(CLDevice device) =>
        device.PlatformName.Contains("Portable Computing Language", StringComparison.Ordinal)
        || device.VendorName.Contains(PoclVendor, StringComparison.Ordinal);

    /// <summary>Replaces the source of a compiled kernel before it is loaded; the property has no setter.</summary>
    /// <param name="kernel">Compiled, not yet loaded.</param>
    /// <param name="claimedGenericAddressSpace">Whether <see cref="ClaimGenericAddressSpace"/> had to claim it.</param>
    /// <param name="clangContract">Whether to allow multiply and add to fuse with clang's own pragma.</param>
    public static void Patch(CLCompiledKernel kernel, bool claimedGenericAddressSpace, bool clangContract) =>
        typeof(CLCompiledKernel)
            .GetField("<Source>k__BackingField", BindingFlags.NonPublic | BindingFlags.Instance)!
            .SetValue(kernel, Patch(kernel.Source, claimedGenericAddressSpace, clangContract));

    /// <summary>The patched text of a generated kernel.</summary>
    public static string Patch(string source, bool claimedGenericAddressSpace, bool clangContract)
    {
        // Group.Barrier() orders shared memory, but ILGPU names the global fence only: a race on devices that take it literally.
        source = source.Replace(
            "work_group_barrier ( CLK_GLOBAL_MEM_FENCE )",
            "barrier ( CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE )",
            StringComparison.Ordinal);
        if (claimedGenericAddressSpace)
        {
            source = source.Replace("__generic", "__global", StringComparison.Ordinal);
        }

        source = StableNames(source);

        // PoCL passes -ffp-contract=off, which costs a fifth of a GEMM's speed.
        return clangContract ? "#pragma clang fp contract(fast)\n" + source : source;
    }

    /// <summary>
    /// Numbers types and labels in order of appearance. ILGPU numbers them by compile order, and PoCL's kernel cache is keyed by the
    /// text: with stable names a kernel is compiled once per machine.
    /// </summary>
    private static string StableNames(string source)
    {
        var names = new Dictionary<string, string>();
        return GeneratedName().Replace(source, match =>
        {
            if (!names.TryGetValue(match.Value, out var name))
            {
                names[match.Value] = name = match.Groups[1].Value + "_" + names.Count.ToString(CultureInfo.InvariantCulture);
            }

            return name;
        });
    }

    [GeneratedRegex(@"\b(type|L)_[0-9]+")]
    private static partial Regex GeneratedName();
}
