package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.archive.MemberFile;
import dev.ipfstee.fetcher.archive.Scratch;
import dev.ipfstee.fetcher.archive.TarArchive;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.ImageConfig;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.oci.SavedImage;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.ImageGraph;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code docker save} writes: configs and layers, and {@code manifest.json} that says which
 * belong together. There is no manifest, so it is made ({@link MadeManifest}): from the config as
 * it is and the layers without compression, which the config names by their digests. So one image
 * has one digest, whichever tool saved it.
 */
final class DockerArchive {
  /** Docker names a config by its digest, so such a name must be true. */
  private static final Pattern NAMED_BY_DIGEST =
      Pattern.compile("(?:.*/)?([0-9a-f]{64})(?:\\.json)?");

  private final Cid cid;
  private final Scratch scratch;
  private final Map<Digest, BlobSource> sources = new HashMap<>();
  private final Map<Digest, Long> sizes = new HashMap<>();
  private TarArchive archive;

  DockerArchive(TarArchive archive, Cid cid, Scratch scratch) {
    this.archive = archive;
    this.cid = cid;
    this.scratch = scratch;
  }

  /**
   * Reads all images of it.
   *
   * @throws FetchException as {@link ArchiveReader#read}
   */
  RecognizedImage read(MemberFile manifestJson) {
    List<Descriptor> roots = new ArrayList<>();
    Map<SavedImage, Descriptor> known = new HashMap<>();
    for (SavedImage image :
        SavedImage.parse(manifestJson.document(ImageGraph.MAX_DOCUMENT_BYTES))) {
      Descriptor root = known.computeIfAbsent(image.unnamed(), this::root);
      if (image.names().isEmpty()) {
        roots.add(root);
      }
      image.names().forEach(name -> roots.add(root.withName(name)));
    }
    if (roots.isEmpty()) {
      throw new FetchException(
          Reason.LAYOUT_UNRECOGNIZED,
          "failed to recognise an image in " + cid + ": manifest.json of the archive names none");
    }
    return new RecognizedImage(Layout.DOCKER_ARCHIVE, cid, roots, this::locate);
  }

  private Descriptor root(SavedImage image) {
    byte[] manifest = manifest(image);
    Descriptor root = MadeManifest.descriptor(manifest);
    sources.put(root.digest(), sink -> ArchiveReader.write(manifest, sink));
    return root;
  }

  private BlobSource locate(Descriptor blob) {
    BlobSource source = sources.get(blob.digest());
    if (source == null) {
      throw ArchiveReader.missing(blob.digest().toString(), cid);
    }
    return source;
  }

  private byte[] manifest(SavedImage image) {
    MemberFile member = member(image.config());
    byte[] json = member.document(ImageGraph.MAX_DOCUMENT_BYTES);
    Digest digest = Digest.of(Digest.Algorithm.SHA256, json);
    checkName(image.config(), digest);
    List<Digest> diffIds =
        ImageConfig.parse(json, "config '" + Printable.escape(image.config(), 200) + "'").diffIds();
    if (diffIds.size() != image.layers().size()) {
      throw new FetchException(
          Reason.MALFORMED_MANIFEST,
          "failed to read manifest.json: it names "
              + image.layers().size()
              + " layers for an image whose config has "
              + diffIds.size()
              + " diff_ids");
    }
    sources.put(digest, new MemberSource(member));
    List<Descriptor> layers = new ArrayList<>();
    for (int i = 0; i < diffIds.size(); i++) {
      layers.add(layer(diffIds.get(i), image.layers().get(i)));
    }
    return MadeManifest.of(new Descriptor(MediaTypes.OCI_CONFIG, digest, json.length), layers);
  }

  private static void checkName(String name, Digest actual) {
    Matcher named = NAMED_BY_DIGEST.matcher(name);
    if (named.matches() && !named.group(1).equals(actual.hex())) {
      throw new FetchException(
          Reason.DIGEST_MISMATCH,
          "failed to read config '"
              + Printable.escape(name, 200)
              + "': its digest is "
              + actual
              + "; the publisher must save the image again");
    }
  }

  private Descriptor layer(Digest diffId, String name) {
    Long size = sizes.get(diffId);
    if (size == null) {
      MemberFile member = member(name);
      if (member.isCompressed()) {
        archive = archive.nearby(scratch);
        MemberFile nearby = member(name);
        size = uncompressedSize(nearby, diffId);
        sources.put(diffId, nearby::decompress);
      } else {
        size = member.size();
        sources.put(diffId, new MemberSource(member));
      }
      sizes.put(diffId, size);
    }
    return new Descriptor(MediaTypes.OCI_LAYER, diffId, size);
  }

  /** Nothing but the content itself says it, so it is read once more than others. */
  private long uncompressedSize(MemberFile member, Digest diffId) {
    DigestSink sink = new DigestSink(diffId.algorithm(), scratch.maxBytes());
    member.decompress(sink);
    if (!sink.digest().equals(diffId)) {
      throw new FetchException(
          Reason.DIGEST_MISMATCH,
          "failed to read layer '"
              + Printable.escape(member.name(), 200)
              + "': the config says that it has digest "
              + diffId
              + ", it has "
              + sink.digest()
              + "; the publisher must save the image again");
    }
    return sink.written();
  }

  private MemberFile member(String name) {
    return archive.file(name).orElseThrow(() -> ArchiveReader.missing(name, cid));
  }
}
