using KernelDiff.Engine.Data;
using KernelDiff.Engine.Data.Synthesis;
using KernelDiff.Engine.Imaging;
using KernelDiff.Engine.Tests.Files;

namespace KernelDiff.Engine.Tests.Faces;

[TestFixture]
internal sealed class FaceSynthesizerTests
{
    private const int Many = 80;

    /// <summary>Groups of which at most one is yes, and No_Beard, which is no with any beard.</summary>
    private static readonly string[][] Exclusive =
    [
        ["Black_Hair", "Blond_Hair", "Brown_Hair", "Gray_Hair"], ["Bald", "Bangs", "Receding_Hairline"], ["Straight_Hair", "Wavy_Hair"],
        ["5_o_Clock_Shadow", "Goatee", "No_Beard"], ["Mustache", "No_Beard"],
    ];

    private static readonly Lazy<SyntheticFace[]> Faces = new(() => [.. Enumerable.Range(0, Many).Select(i => FaceSynthesizer.Draw(3, i, 96))]);

    [Test]
    public void A_face_is_the_same_each_time_and_on_every_thread()
    {
        var again = new SyntheticFace[8];
        Parallel.For(0, again.Length, i => again[i] = FaceSynthesizer.Draw(3, i, 96));

        for (var i = 0; i < again.Length; i++)
        {
            Assert.That(again[i].Image.Pixels, Is.EqualTo(Faces.Value[i].Image.Pixels));
            Assert.That(again[i].Mask.Labels, Is.EqualTo(Faces.Value[i].Mask.Labels));
            Assert.That(again[i].Attributes, Is.EqualTo(Faces.Value[i].Attributes));
        }

        Assert.That(FaceSynthesizer.Draw(4, 0, 96).Image.Pixels, Is.Not.EqualTo(Faces.Value[0].Image.Pixels));
    }

    [Test]
    public void The_size_changes_nothing_but_the_resolution()
    {
        for (var i = 0; i < 10; i++)
        {
            var large = FaceSynthesizer.Draw(3, i, 192);
            var image = Resizing.Resize(large.Image, 96, 96).Pixels.Zip(Faces.Value[i].Image.Pixels, (one, other) => Math.Abs(one - other)).Average();
            var mask = Resizing.Resize(large.Mask, 96, 96).Labels.Zip(Faces.Value[i].Mask.Labels).Count(pair => pair.First == pair.Second);

            Assert.That(image, Is.LessThan(4));
            Assert.That(mask, Is.GreaterThan(0.96 * 96 * 96));
            Assert.That(large.Attributes, Is.EqualTo(Faces.Value[i].Attributes));
        }
    }

    [Test]
    public void Every_face_has_skin_nose_eyes_lips_and_what_its_attributes_say()
    {
        foreach (var face in Faces.Value)
        {
            bool Has(byte label) => face.Mask.Labels.Contains(label);
            bool Is(string name) => face.Attributes[FaceAttributes.IndexOf(name)];
            byte[] always =
            [
                FaceClasses.Background, FaceClasses.Skin, FaceClasses.Nose, FaceClasses.LeftEye, FaceClasses.RightEye, FaceClasses.UpperLip,
                FaceClasses.LowerLip, FaceClasses.Neck, FaceClasses.Cloth,
            ];
            Assert.That(always.All(Has), NUnit.Framework.Is.True);
            Assert.That(Has(FaceClasses.Eyeglasses), NUnit.Framework.Is.EqualTo(Is("Eyeglasses")));
            Assert.That(Has(FaceClasses.Hat), NUnit.Framework.Is.EqualTo(Is("Wearing_Hat")));
            Assert.That(Has(FaceClasses.Earring), NUnit.Framework.Is.EqualTo(Is("Wearing_Earrings")));
            Assert.That(Has(FaceClasses.Necklace), NUnit.Framework.Is.EqualTo(Is("Wearing_Necklace")));
            Assert.That(Has(FaceClasses.Mouth), NUnit.Framework.Is.EqualTo(Is("Mouth_Slightly_Open")));
        }
    }

    [Test]
    public void The_person_s_left_lies_on_the_right_hand_side_of_the_picture()
    {
        foreach (var mask in Faces.Value.Select(face => face.Mask))
        {
            Assert.That(MeanColumn(mask, FaceClasses.LeftEye), Is.GreaterThan(MeanColumn(mask, FaceClasses.RightEye)));
        }
    }

    [Test]
    public void Hair_and_skin_have_the_brightness_that_their_attributes_say()
    {
        double Of(string attribute, byte label) => Faces.Value
            .Where(face => face.Attributes[FaceAttributes.IndexOf(attribute)] && face.Mask.Labels.Count(found => found == label) > 40)
            .Average(face => Brightness(face, label));

        Assert.That(
            (double[])[Of("Black_Hair", FaceClasses.Hair), Of("Brown_Hair", FaceClasses.Hair), Of("Gray_Hair", FaceClasses.Hair), Of("Blond_Hair", FaceClasses.Hair)],
            Is.Ordered.And.ItemAt(1).GreaterThan(50).And.ItemAt(2).GreaterThan(100));
        var pale = Faces.Value.Where(face => face.Attributes[FaceAttributes.IndexOf("Pale_Skin")]).Min(face => Brightness(face, FaceClasses.Skin));
        var other = Faces.Value.Where(face => !face.Attributes[FaceAttributes.IndexOf("Pale_Skin")]).Average(face => Brightness(face, FaceClasses.Skin));
        Assert.That(pale, Is.GreaterThan(other + 40));
    }

    [Test]
    public void Attributes_are_independent_but_for_those_that_exclude_one_another()
    {
        const int Count = 6000;
        var samples = Enumerable.Range(0, Count).Select(i => new FaceTraits(1, i).Attributes()).ToArray();
        for (var one = 0; one < FaceAttributes.Count; one++)
        {
            for (var other = 0; other < one; other++)
            {
                if (!Exclusive.Any(group => group.Contains(FaceAttributes.Names[one]) && group.Contains(FaceAttributes.Names[other])))
                {
                    // Five standard deviations of the correlation of independent samples.
                    Assert.That(Correlation(samples, one, other), Is.EqualTo(0).Within(5 / Math.Sqrt(Count)), $"{FaceAttributes.Names[one]}, {FaceAttributes.Names[other]}");
                }
            }
        }
    }

    [Test]
    public void Attributes_are_neither_rare_nor_constant_but_for_those_that_are_not_drawn()
    {
        var samples = Enumerable.Range(0, 3000).Select(i => new FaceTraits(1, i).Attributes()).ToArray();
        for (var attribute = 0; attribute < FaceAttributes.Count; attribute++)
        {
            var share = samples.Average(sample => sample[attribute] ? 1.0 : 0);
            Assert.That(share, FaceAttributes.Names[attribute] is "Attractive" or "Blurry" ? Is.Zero : Is.InRange(0.08, 0.66), FaceAttributes.Names[attribute]);
        }
    }

    [Test]
    public void Sizes_and_indices_out_of_range_are_refused()
    {
        Assert.That(() => FaceSynthesizer.Draw(1, -1, 64), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => FaceSynthesizer.Draw(1, 0, 31), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => FaceSynthesizer.Draw(1, 0, 2049), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_data_set_reads_back_as_what_was_drawn()
    {
        using var folder = new TemporaryFolder();
        SyntheticDataset.Write(folder.PathOf("faces"), 5, 3, 96, threads: 2);

        var dataset = FaceDataset.Open(folder.PathOf("faces"));

        Assert.That(dataset.Layout, Is.EqualTo("CelebAMask-HQ as published"));
        Assert.That(dataset.Faults, Is.Empty);
        Assert.That(dataset.Items, Has.Count.EqualTo(5));
        for (var i = 0; i < 5; i++)
        {
            var (image, mask) = dataset.Items[i].Read();
            Assert.That(mask!.Labels, Is.EqualTo(Faces.Value[i].Mask.Labels));
            Assert.That(dataset.Items[i].Attributes, Is.EqualTo(Faces.Value[i].Attributes));
            Assert.That(image.Pixels.Zip(Faces.Value[i].Image.Pixels, (one, other) => Math.Abs(one - other)).Average(), Is.LessThan(2));
        }
    }

    [Test]
    public void A_cancelled_data_set_leaves_nothing_and_an_existing_one_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        using var cancelled = new CancellationTokenSource();
        Assert.That(
            () => SyntheticDataset.Write(folder.PathOf("faces"), 50, 3, 32, 1, written => cancelled.Cancel(), cancelled.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);

        Directory.CreateDirectory(folder.PathOf("faces"));
        SyntheticDataset.Write(folder.PathOf("faces"), 1, 3, 32);
        Assert.That(() => SyntheticDataset.Write(folder.PathOf("faces"), 2, 3, 32), Throws.TypeOf<IOException>().With.Message.Contains("empty folder"));
        Assert.That(FaceDataset.Open(folder.PathOf("faces")).Items, Has.Count.EqualTo(1));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Has.Length.EqualTo(1));
    }

    private static double Brightness(SyntheticFace face, byte label) => Enumerable.Range(0, face.Mask.Labels.Length)
        .Where(i => face.Mask.Labels[i] == label)
        .Average(i => (face.Image.Pixels[3 * i] + face.Image.Pixels[(3 * i) + 1] + face.Image.Pixels[(3 * i) + 2]) / 3.0);

    private static double MeanColumn(LabelMask mask, byte label) =>
        Enumerable.Range(0, mask.Labels.Length).Where(i => mask.Labels[i] == label).Average(i => i % mask.Width);

    private static double Correlation(bool[][] samples, int one, int other)
    {
        var (a, b, both) = (samples.Average(s => s[one] ? 1.0 : 0), samples.Average(s => s[other] ? 1.0 : 0), samples.Average(s => s[one] && s[other] ? 1.0 : 0));
        var scale = Math.Sqrt(a * (1 - a) * b * (1 - b));
        return scale > 0 ? (both - (a * b)) / scale : 0;
    }
}
