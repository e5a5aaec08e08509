package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.archive.ArchiveForm;
import dev.ipfstee.fetcher.archive.LocalBytes;
import dev.ipfstee.fetcher.archive.MemberFile;
import dev.ipfstee.fetcher.archive.Scratch;
import dev.ipfstee.fetcher.archive.TarArchive;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.Manifest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Map;

/** An archive of this machine, to be published as the layout that it holds or makes. */
public final class LayoutArchive {
  /** The archive has no CID that anybody asked for: messages show the one of no bytes. */
  private static final Cid NO_CID = Cid.parse("bafkqaaa");

  private LayoutArchive() {}

  /**
   * The layout in an OCI archive as it is, or that of the images of a docker archive, whose
   * manifests are made.
   *
   * @param channel the archive; stays the caller's, until the files are written
   * @throws FetchException {@link Reason#LAYOUT_UNRECOGNIZED} for another kind of file, and those
   *     of reading one
   */
  public static LayoutFiles files(FileChannel channel, Scratch scratch) {
    LocalBytes bytes = new LocalBytes(channel);
    ArchiveForm form = ArchiveForm.of(bytes.read(0, ArchiveForm.HEAD));
    if (form != ArchiveForm.TAR && form != ArchiveForm.COMPRESSED) {
      throw new FetchException(
          Reason.LAYOUT_UNRECOGNIZED,
          "failed to read the file: expected a layout directory, an OCI archive or a docker"
              + " archive");
    }
    TarArchive archive = TarArchive.read(bytes, scratch);
    RecognizedImage image = new ArchiveReader(scratch).read(NO_CID, archive);
    return image.layout() == Layout.OCI_ARCHIVE ? asItIs(archive) : made(image);
  }

  private static LayoutFiles asItIs(TarArchive archive) {
    LayoutFiles files = new LayoutFiles();
    for (String name : new String[] {"index.json", "oci-layout"}) {
      files.add(name, new MemberSource(member(archive, name)));
    }
    for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
      String directory = "blobs/" + algorithm.label();
      for (String name : archive.names(directory)) {
        MemberFile blob = member(archive, directory + "/" + name);
        files.add(
            Digest.parse(algorithm.label() + ":" + name), blob.size(), new MemberSource(blob));
      }
    }
    return files;
  }

  private static MemberFile member(TarArchive archive, String name) {
    return archive.file(name).orElseThrow(() -> ArchiveReader.missing(name, NO_CID));
  }

  private static LayoutFiles made(RecognizedImage image) {
    LayoutFiles files = new LayoutFiles();
    files.name(entries(image.roots()));
    for (Descriptor root : image.roots()) {
      byte[] json = LayoutFiles.bytes(image.blobs().locate(root));
      Manifest manifest = Manifest.parse(json, root.mediaType(), "manifest " + root.digest());
      add(files, image, root);
      add(files, image, manifest.config());
      manifest.layers().forEach(layer -> add(files, image, layer));
    }
    return files;
  }

  /** Names are for choosing: a layout of one image needs none, and has one CID for all of them. */
  private static List<String> entries(List<Descriptor> roots) {
    return roots.stream().map(Descriptor::digest).distinct().count() == 1
        ? List.of(MadeManifest.json(roots.getFirst()))
        : roots.stream().map(LayoutArchive::named).toList();
  }

  private static String named(Descriptor root) {
    return MadeManifest.json(
        root, root.annotations().isEmpty() ? Map.of() : Map.of("annotations", root.annotations()));
  }

  private static void add(LayoutFiles files, RecognizedImage image, Descriptor blob) {
    files.add(blob.digest(), blob.size(), image.blobs().locate(blob));
  }
}
