using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace KernelDiff.Benchmarks.Libtorch;

/// <summary>
/// Makes TorchSharp's native library loadable where the C++ runtime is older than GCC 13, as on Debian 12. It was linked against GCC 13's
/// and states that it needs the version GLIBCXX_3.4.32; but the only symbol that it has from there,
/// <c>std::ios_base_library_initv()</c>, is a mark that no code calls and no relocation refers to. So the statement, not the code, is what
/// keeps it from loading. Here it is marked as weak (<c>VER_FLG_WEAK</c> of the ELF specification's version requirements), which makes the
/// dynamic loader go on without the version. Only the copy beside this program changes, and only where it does not load as it is.
/// </summary>
internal static class NativeShim
{
    /// <summary>Of TorchSharp's native library.</summary>
    public const string FileName = "libLibTorchSharp.so";

    private const string Version = "GLIBCXX_3.4.32";
    private const uint VersionRequirements = 0x6ffffffe;
    private const byte Weak = 2;

    /// <exception cref="DllNotFoundException">The library does not load for another reason.</exception>
    public static void MakeLoadable(string path)
    {
        try
        {
            NativeLibrary.Load(path);
        }
        catch (DllNotFoundException exception) when (exception.Message.Contains(Version, StringComparison.Ordinal))
        {
            var library = File.ReadAllBytes(path);
            MarkWeak(library);

            // The new file gets the name in one step: the old one may be a link to the package's.
            var temporary = path + ".new";
            File.WriteAllBytes(temporary, library);
            File.Move(temporary, path, overwrite: true);
            NativeLibrary.Load(path);
        }
    }

    /// <summary>Finds the requirement in the section of version requirements: a list of files, each with a list of versions.</summary>
    private static void MarkWeak(byte[] library)
    {
        const int SectionTable = 0x28, SectionSize = 0x3a, SectionCount = 0x3c, Type = 4, Offset = 0x18, Link = 0x28;
        var sections = (int)Long(SectionTable);
        for (var i = 0; i < Short(SectionCount); i++)
        {
            var section = Section(i);
            if (Int(section + Type) != VersionRequirements)
            {
                continue;
            }

            var names = (int)Long(Section((int)Int(section + Link)) + Offset);
            for (var (file, next) = ((int)Long(section + Offset), 1); next != 0; file += next)
            {
                const int Count = 2, First = 8, Next = 12;
                var version = file + (int)Int(file + First);
                for (var j = 0; j < Short(file + Count); j++)
                {
                    const int Flags = 4, Name = 8;
                    if (Text(names + (int)Int(version + Name)) == Version)
                    {
                        library[version + Flags] |= Weak;
                    }

                    version += (int)Int(version + Next);
                }

                next = (int)Int(file + Next);
            }
        }

        int Section(int index) => sections + (index * Short(SectionSize));
        ushort Short(int place) => BinaryPrimitives.ReadUInt16LittleEndian(library.AsSpan(place));
        uint Int(int place) => BinaryPrimitives.ReadUInt32LittleEndian(library.AsSpan(place));
        long Long(int place) => BinaryPrimitives.ReadInt64LittleEndian(library.AsSpan(place));
        string Text(int place) => Encoding.ASCII.GetString(library, place, Array.IndexOf(library, (byte)0, place) - place);
    }
}
