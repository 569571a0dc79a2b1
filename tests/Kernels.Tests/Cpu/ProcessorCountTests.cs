using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Tests.Cpu;

internal sealed class ProcessorCountTests
{
    private string _directory = "";

    [SetUp]
    public void CreateDirectory() => _directory = Directory.CreateTempSubdirectory("kerneldiff-topology").FullName;

    [TearDown]
    public void DeleteDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void Physical_cores_are_at_least_one_and_within_the_limits_of_the_process() =>
        Assert.That(ProcessorCount.Physical, Is.InRange(1, Environment.ProcessorCount));

    [Test]
    public void Two_hardware_threads_of_a_core_count_once()
    {
        AddProcessor(0, "0,4");
        AddProcessor(1, "1,5");
        AddProcessor(4, "0,4");
        AddProcessor(5, "1,5");
        Directory.CreateDirectory(Path.Combine(_directory, "cpufreq"));
        Directory.CreateDirectory(Path.Combine(_directory, "cpu6"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ProcessorCount.CountCores(_directory, null), Is.EqualTo(2));
            Assert.That(ProcessorCount.CountCores(_directory, new HashSet<int> { 0, 4 }), Is.EqualTo(1));
        }
    }

    [Test]
    public void A_directory_without_topology_tells_nothing()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ProcessorCount.CountCores(_directory, null), Is.Null);
            Assert.That(ProcessorCount.CountCores(Path.Combine(_directory, "missing"), null), Is.Null);
        }
    }

    [Test]
    public void Affinity_is_read_as_ranges()
    {
        string status = Path.Combine(_directory, "status");
        File.WriteAllText(status, "Name:\tdotnet\nCpus_allowed:\tffff\nCpus_allowed_list:\t0-2,5,7-8\nMems_allowed:\t1\n");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ProcessorCount.ReadAllowed(status), Is.EquivalentTo([0, 1, 2, 5, 7, 8]));
            Assert.That(ProcessorCount.ReadAllowed(Path.Combine(_directory, "missing")), Is.Null);
        }
    }

    [Test]
    public void Parse_takes_a_number_of_threads_or_nothing()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ProcessorCount.Parse("3"), Is.EqualTo(3));
            Assert.That(ProcessorCount.Parse(" "), Is.EqualTo(ProcessorCount.Physical));
        }
    }

    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("two")]
    [TestCase("1025")]
    [TestCase("99999999999")]
    public void Parse_refuses_what_is_no_number_of_threads(string text) =>
        Assert.That(
            () => ProcessorCount.Parse(text),
            Throws.ArgumentException.With.Message.Contain(ProcessorCount.EnvironmentVariable).And.Message.Contain("1024"));

    private void AddProcessor(int number, string siblings)
    {
        string topology = Directory.CreateDirectory(Path.Combine(_directory, $"cpu{number}", "topology")).FullName;
        File.WriteAllText(Path.Combine(topology, "thread_siblings_list"), siblings + "\n");
    }
}
