using KernelDiff.Engine.Data;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Faces;

[TestFixture]
internal sealed class FaceDatasetTests
{
    private const byte Skin = FaceClasses.Skin;
    private const byte Hair = FaceClasses.Hair;
    private const byte Hat = FaceClasses.Hat;

    private FaceFolder folder = null!;

    [SetUp]
    public void CreateFolder() => folder = new FaceFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [Test]
    public void Published_parts_are_painted_in_class_order()
    {
        WritePublished(0);
        folder.Part(0, Hat, 1, 0, 0, 0);
        folder.Part(0, Hair, 1, 1, 0, 0);
        folder.Part(0, Skin, 1, 1, 1, 0);

        var item = FaceDataset.Open(folder.Path).Items.Single();

        Assert.That(item.ReadMask().Labels, Is.EqualTo([Hat, Hair, Skin, FaceClasses.Background]));
        Assert.That(item.CelebAHqIndex, Is.Zero);
    }

    [Test]
    public void Published_faces_are_sorted_by_number_and_find_their_folder_of_masks()
    {
        WritePublished(10, 9, 2000);
        folder.Part(9, Skin, 1, 0, 0, 0);
        folder.Part(10, Hair, 1, 0, 0, 0);
        folder.Part(2000, Hat, 1, 0, 0, 0);

        var dataset = FaceDataset.Open(folder.Path);

        Assert.That(dataset.Items.Select(item => item.Name), Is.EqualTo(["CelebA-HQ-img/9.jpg", "CelebA-HQ-img/10.jpg", "CelebA-HQ-img/2000.jpg"]));
        Assert.That(dataset.Items.Select(item => item.ReadMask().Labels[0]), Is.EqualTo([Skin, Hair, Hat]));
    }

    [Test]
    public void The_mapping_gives_celebas_partition()
    {
        WritePublished(0, 1, 2);
        folder.Text(
            "CelebA-HQ-to-CelebA-mapping.txt", "idx orig_idx orig_file", "0  119613  119614.jpg", "1 162770 162771.jpg", "2 182637   182638.jpg");
        foreach (var index in (int[])[0, 1, 2])
        {
            folder.Part(index, Skin, 1, 1, 1, 1);
        }

        var dataset = FaceDataset.Open(folder.Path);

        Assert.That(dataset.DefaultSplit, Is.EqualTo(FaceSplit.CelebA));
        Assert.That(dataset.Select(FaceSplit.CelebA, FacePartition.Train), Is.EqualTo([0]));
        Assert.That(dataset.Select(FaceSplit.CelebA, FacePartition.Validation), Is.EqualTo([1]));
        Assert.That(dataset.Select(FaceSplit.CelebA, FacePartition.Test), Is.EqualTo([2]));
        Assert.That(dataset.Select(FaceSplit.CelebA, null), Is.EqualTo([0, 1, 2]));
    }

    [Test]
    public void Faces_without_mask_or_attributes_are_listed_and_left_out()
    {
        WritePublished(0, 1);
        folder.Image("CelebA-HQ-img/2.jpg", 9);
        folder.Image("CelebA-HQ-img/cat.jpg", 9);
        folder.Part(0, Skin, 1, 1, 1, 1);
        folder.Part(2, Skin, 1, 1, 1, 1);

        var dataset = FaceDataset.Open(folder.Path);

        Assert.That(dataset.Items.Select(item => item.Name), Is.EqualTo(["CelebA-HQ-img/0.jpg"]));
        Assert.That(dataset.Faults.Select(fault => $"{fault.Name}: {fault.Reason}"), Is.EquivalentTo(
            ["CelebA-HQ-img/1.jpg: it has no mask", "CelebA-HQ-img/2.jpg: it has no attributes", "CelebA-HQ-img/cat.jpg: its name is not a number"]));
    }

    [Test]
    public void Attributes_are_read_by_name_and_malformed_rows_are_listed()
    {
        WritePublished(0, 1);
        folder.Part(0, Skin, 1, 1, 1, 1);
        folder.Part(1, Skin, 1, 1, 1, 1);
        string[] names = [.. FaceAttributes.Names.Reverse()];
        folder.Text(
            "CelebAMask-HQ-attribute-anno.txt",
            "2",
            string.Join(' ', names),
            $"0.jpg  {string.Join("  ", names.Select(name => name is "Smiling" or "Young" ? "1" : "-1"))}",
            "1.jpg 1 1 1");

        var dataset = FaceDataset.Open(folder.Path);

        var attributes = dataset.Items.Single().Attributes!;
        Assert.That(Enumerable.Range(0, 40).Where(i => attributes[i]).Select(i => FaceAttributes.Names[i]), Is.EqualTo(["Smiling", "Young"]));
        Assert.That(dataset.Faults.Select(fault => fault.Name), Does.Contain("1.jpg"));
    }

    [TestCase("no number")]
    [TestCase("1\nSmiling Handsome")]
    [TestCase("1\nSmiling")]
    [TestCase("1")]
    public void Attribute_files_of_another_kind_are_refused(string text)
    {
        WritePublished(0);
        folder.Part(0, Skin, 1, 1, 1, 1);
        folder.Text("CelebAMask-HQ-attribute-anno.txt", text);

        Assert.That(() => FaceDataset.Open(folder.Path), Throws.TypeOf<DataFileException>().With.Message.Contains("attribute-anno"));
    }

    [Test]
    public void Folders_of_images_and_masks_keep_their_own_split_and_mirrored_pairs_are_put_right()
    {
        foreach (var (part, file) in new[] { ("train", "a"), ("train", "b"), ("test", "c") })
        {
            folder.HalfImage($"{part}/images/{file}.jpg");
            folder.Mask($"{part}/masks/{file}.png", FaceClasses.LeftEye, FaceClasses.RightEye, Hair, Skin);
        }

        folder.Attributes("train/attribute-anno.txt", ("a.jpg", ["Male"]), ("b.jpg", []));
        folder.Attributes("test/attribute-anno.txt", ("c.jpg", ["Bald"]));
        folder.Text(
            "index.tsv", "split\tfile\tcelebahq_index\tmirrored\tceleba_partition", "train\ta.jpg\t7\t1\t2", "train\tb.jpg\t8\t0\t0", "test\tc.jpg\t9\t0\t1");

        var dataset = FaceDataset.Open(folder.Path);

        Assert.That(dataset.DefaultSplit, Is.EqualTo(FaceSplit.Own));
        Assert.That(dataset.Select(FaceSplit.Own, FacePartition.Train), Is.EqualTo([0, 1]));
        Assert.That(dataset.Select(FaceSplit.Own, FacePartition.Test), Is.EqualTo([2]));
        Assert.That(dataset.Select(FaceSplit.CelebA, FacePartition.Test), Is.EqualTo([0]));
        Assert.That(() => dataset.Select(FaceSplit.Own, FacePartition.Validation), Throws.TypeOf<DataFileException>());
        Assert.That(dataset.Items.Select(item => item.CelebAHqIndex), Is.EqualTo([7, 8, 9]));

        // The labels of mirrored pairs are the original's, on the wrong side; turning the picture back puts them right.
        Assert.That(dataset.Items[0].ReadMask().Labels, Is.EqualTo([FaceClasses.RightEye, FaceClasses.LeftEye, Skin, Hair]));
        Assert.That(dataset.Items[1].ReadMask().Labels, Is.EqualTo([FaceClasses.LeftEye, FaceClasses.RightEye, Hair, Skin]));
        Assert.That(dataset.Items[0].ReadImage().Pixels[0], Is.GreaterThan(200));
        Assert.That(dataset.Items[1].ReadImage().Pixels[0], Is.LessThan(50));
    }

    [Test]
    public void Images_and_masks_side_by_side_need_no_annotations()
    {
        folder.Image("1.jpg", 10);
        folder.Mask("1.png", 1, 1, 1, 1);
        folder.Image("0.jpg", 20);
        folder.Mask("0.png", 2, 2, 2, 2);
        folder.Text("notes.txt", "anything");

        var dataset = FaceDataset.Open(folder.Path);

        Assert.That(dataset.Items.Select(item => item.Name), Is.EqualTo(["0.jpg", "1.jpg"]));
        Assert.That(dataset.Items[0].ReadMask().Labels, Is.All.EqualTo(2));
        Assert.That(dataset.HasAttributes, Is.False);
        Assert.That(dataset.DefaultSplit, Is.EqualTo(FaceSplit.Random));
    }

    [Test]
    public void Images_alone_with_attributes_are_a_data_set_without_masks()
    {
        folder.Image("0.jpg", 20);
        folder.Attributes("CelebAMask-HQ-attribute-anno.txt", ("0.jpg", ["Male"]), ("1.jpg", []));

        var dataset = FaceDataset.Open(folder.Path);

        Assert.That(dataset.HasMasks, Is.False);
        Assert.That(dataset.Items.Single().Read().Mask, Is.Null);
        Assert.That(dataset.Items.Single().Attributes![20], Is.True);
    }

    [Test]
    public void Masks_of_another_shape_than_their_image_are_refused()
    {
        folder.Image("0.jpg", 20, width: 8, height: 6);
        folder.Mask("0.png", new byte[16]);

        Assert.That(() => FaceDataset.Open(folder.Path).Items[0].Read(), Throws.TypeOf<DataFileException>().With.Message.Contains("4 x 4").And.Message.Contains("8 x 6"));
    }

    [Test]
    public void The_random_split_depends_on_the_seed_alone_and_parts_do_not_overlap()
    {
        for (var i = 0; i < 30; i++)
        {
            folder.Write($"{i}.jpg", [1]);
        }

        var dataset = FaceDataset.Open(folder.Path);
        var train = dataset.Select(FaceSplit.Random, FacePartition.Train, 5);
        var validation = dataset.Select(FaceSplit.Random, FacePartition.Validation, 5);

        Assert.That(train, Has.Length.EqualTo(25).And.Ordered);
        Assert.That(train.Concat(validation), Is.EquivalentTo(Enumerable.Range(0, 30)));
        Assert.That(dataset.Select(FaceSplit.Random, FacePartition.Train, 5), Is.EqualTo(train));
        Assert.That(dataset.Select(FaceSplit.Random, FacePartition.Train, 6), Is.Not.EqualTo(train));
    }

    [Test]
    public void Folders_without_faces_are_refused_with_what_is_expected()
    {
        Assert.That(() => FaceDataset.Open(folder.PathOf("missing")), Throws.TypeOf<DataFileException>().With.Message.Contains("no such folder"));
        Assert.That(() => FaceDataset.Open(folder.Path), Throws.TypeOf<DataFileException>().With.Message.Contains("CelebA-HQ-img"));
    }

    [Test]
    public void The_recorded_annotations_of_celeba_hq_agree_with_the_rule_of_the_partition()
    {
        var rows = File.ReadLines(SharedData.Require("data", "celebamask-hq-anno", "celeba-hq-partition.tsv")).Skip(1).Select(line => line.Split('\t')).ToArray();

        Assert.That(rows.Select(row => (int?)CelebAMapping.PartOf(row[1])), Is.EqualTo(rows.Select(row => (int?)int.Parse(row[2], System.Globalization.CultureInfo.InvariantCulture))));
        Assert.That(
            rows.GroupBy(row => CelebAMapping.PartOf(row[1])).OrderBy(group => group.Key).Select(group => group.Count()), Is.EqualTo([24183, 2993, 2824]));
    }

    [Test]
    public void The_whole_attribute_file_of_celeba_hq_is_read()
    {
        var faults = new List<DataFault>();

        var rows = AttributeFile.Read(SharedData.Require("data", "celebamask-hq-anno", "CelebAMask-HQ-attribute-anno.txt"), faults);

        Assert.That(rows, Has.Count.EqualTo(30000));
        Assert.That(faults, Is.Empty);
        Assert.That(rows.Values.Count(row => row[FaceAttributes.IndexOf("Male")]), Is.EqualTo(11057));
    }

    [Test]
    public void In_the_mini_set_left_eyes_lie_right_also_where_pairs_were_mirrored()
    {
        var dataset = FaceDataset.Open(SharedData.Require("data", "celebamask-hq-mini"));
        FaceItem[] mirrored = [.. dataset.Items.Where(item => item.IsMirrored).Take(10)];

        Assert.That(dataset.Items, Has.Count.EqualTo(940));
        Assert.That(dataset.Faults, Is.Empty);
        Assert.That(mirrored, Has.Length.EqualTo(10));
        foreach (var item in mirrored)
        {
            var mask = item.ReadMask();
            Assert.That(MeanColumn(mask.Labels, FaceClasses.LeftEye, mask.Width), Is.GreaterThan(MeanColumn(mask.Labels, FaceClasses.RightEye, mask.Width)), item.Name);
        }
    }

    private static double MeanColumn(byte[] labels, byte label, int width) =>
        Enumerable.Range(0, labels.Length).Where(i => labels[i] == label).Average(i => (double?)(i % width)) ?? double.NaN;

    private void WritePublished(params int[] indices)
    {
        foreach (var index in indices)
        {
            folder.Image($"CelebA-HQ-img/{index}.jpg", (byte)index);
        }

        folder.Attributes("CelebAMask-HQ-attribute-anno.txt", [.. indices.Select(index => ($"{index}.jpg", Array.Empty<string>()))]);
    }
}
