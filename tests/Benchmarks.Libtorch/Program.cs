using System.Globalization;
using KernelDiff.Benchmarks;
using KernelDiff.Benchmarks.Libtorch;

if (args is not [var folder, var threads])
{
    Console.Error.WriteLine("Benchmarks starts this program with a workload's folder and a number of threads.");
    return 2;
}

return SideHost.Serve(() =>
{
    NativeShim.MakeLoadable(Path.Combine(AppContext.BaseDirectory, NativeShim.FileName));
    return new LibtorchSide(folder, int.Parse(threads, CultureInfo.InvariantCulture));
});
