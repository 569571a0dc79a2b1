using KernelDiff.Engine.Data;

namespace KernelDiff.Engine.Tests.Faces;

[TestFixture]
internal sealed class FaceAttributesTests
{
    [TestCase("Smiling", "Smiling")]
    [TestCase("-Male, smiling", "-Male,Smiling")]
    [TestCase("!Male;not Wearing Hat", "-Male,-Wearing_Hat")]
    [TestCase("NOT 5-o-clock shadow", "-5_o_Clock_Shadow")]
    [TestCase("- Bald , + Bangs", "-Bald,Bangs")]
    [TestCase("Smiling,Smiling", "Smiling")]
    [TestCase(" , ", "")]
    [TestCase("", "")]
    public void Lists_are_read_in_every_notation(string text, string expected)
    {
        Assert.That(FaceAttributes.Format(FaceAttributes.Parse(text)), Is.EqualTo(expected));
    }

    [Test]
    public void What_is_not_named_stays_unspecified()
    {
        var states = FaceAttributes.Parse("Male,-Young");

        Assert.That(states, Has.Length.EqualTo(40));
        Assert.That(states[20], Is.EqualTo(AttributeState.Yes));
        Assert.That(states[39], Is.EqualTo(AttributeState.No));
        Assert.That(states.Count(state => state == AttributeState.Unspecified), Is.EqualTo(38));
    }

    [Test]
    public void Unknown_names_are_refused_by_name()
    {
        Assert.That(() => FaceAttributes.Parse("Male,-Smilng"), Throws.TypeOf<UnknownAttributeException>().With.Property("Name").EqualTo("Smilng"));
    }

    [Test]
    public void Yes_and_no_for_one_attribute_are_refused()
    {
        Assert.That(() => FaceAttributes.Parse("Male,-Male"), Throws.TypeOf<FormatException>().With.Message.Contains("Male"));
    }

    [Test]
    public void Classes_and_their_colours_belong_together()
    {
        Assert.That(FaceClasses.Names, Has.Count.EqualTo(FaceClasses.Count));
        Assert.That(FaceClasses.Palette, Is.Unique.And.Count.EqualTo(FaceClasses.Count));
        for (byte label = 0; label < FaceClasses.Count; label++)
        {
            var (red, green, blue) = FaceClasses.Palette[label];
            Assert.That(FaceClasses.FromColor(red, green, blue), Is.EqualTo(label));
            Assert.That(FaceClasses.Mirrored(FaceClasses.Mirrored(label)), Is.EqualTo(label));
            var name = FaceClasses.Names[label];
            var mirrored = name.StartsWith("l_", StringComparison.Ordinal) && name != "l_lip" ? "r" + name[1..] : name;
            Assert.That(FaceClasses.Names[FaceClasses.Mirrored(label)], name.StartsWith("r_", StringComparison.Ordinal) ? Is.EqualTo("l" + name[1..]) : Is.EqualTo(mirrored));
        }
    }
}
