package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.Entity;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.TopDocument;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.ImageGraph;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads the manifests of an IPDR directory. One image is there under several names; whatever
 * differs is a candidate of its own, which its tag can choose.
 */
final class IpdrReader {
  /** The names of one image: real ones have two or three. Each may be a document of 4 MiB. */
  private static final int MAX_MANIFESTS = 16;

  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");

  private final IpfsContent content;
  private final Map<Cid, byte[]> read = new HashMap<>();
  private final Map<Digest, Entity.File> files = new HashMap<>();
  private final List<Descriptor> roots = new ArrayList<>();

  IpdrReader(IpfsContent content) {
    this.content = content;
  }

  /**
   * Reads all of them.
   *
   * @throws FetchException {@link Reason#LAYOUT_UNRECOGNIZED} without any, {@link
   *     Reason#DAG_TOO_LARGE} for too many, {@link Reason#MANIFEST_TOO_LARGE}, {@link
   *     Reason#MALFORMED_MANIFEST}, {@link Reason#DIGEST_MISMATCH} where a name is a wrong digest
   */
  RecognizedImage read(IpdrDirectory directory) {
    for (Entity.Named entry : content.list(directory.manifests(), MAX_MANIFESTS)) {
      add(entry);
    }
    if (roots.isEmpty()) {
      throw new FetchException(
          Reason.LAYOUT_UNRECOGNIZED,
          "failed to recognise an image in "
              + directory.root().cid()
              + ": its directory manifests is empty");
    }
    return new RecognizedImage(
        Layout.IPDR, directory.root().cid(), List.copyOf(roots), directory.locator(content, files));
  }

  private void add(Entity.Named entry) {
    String what = "manifests/" + Printable.escape(entry.name(), 100);
    Optional<Digest> named = digest(entry.name(), what);
    if (!(content.resolve(entry.cid(), List.of()) instanceof Entity.File file)) {
      throw malformed(what, "it is a directory");
    }
    byte[] bytes = bytes(file, what);
    Digest digest = Digest.of(Digest.Algorithm.SHA256, bytes);
    Optional<Digest> actual = named.map(name -> Digest.of(name.algorithm(), bytes));
    if (!named.equals(actual)) {
      throw new FetchException(
          Reason.DIGEST_MISMATCH,
          "failed to read " + what + ": its digest is " + actual.orElse(digest));
    }
    String mediaType =
        TopDocument.parse(bytes, what)
            .imageMediaType()
            .orElseThrow(() -> malformed(what, "it is no image index or manifest"));
    if (files.putIfAbsent(digest, file) == null || named.isEmpty()) {
      Descriptor root = new Descriptor(mediaType, digest, bytes.length);
      roots.add(named.isEmpty() ? root.withName(entry.name()) : root);
    }
  }

  private static Optional<Digest> digest(String name, String what) {
    if (TAG.matcher(name).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Digest.parse(name));
    } catch (FetchException e) {
      throw malformed(what, "its name is neither a tag nor a digest");
    }
  }

  private byte[] bytes(Entity.File file, String what) {
    byte[] known = read.get(file.cid());
    if (known != null) {
      return known;
    }
    byte[] bytes = WholeFile.read(content, file, what, ImageGraph.MAX_DOCUMENT_BYTES);
    // Only the last one is kept, for the memory: the names of one image mostly share their CID.
    read.clear();
    read.put(file.cid(), bytes);
    return bytes;
  }

  private static FetchException malformed(String what, String cause) {
    return new FetchException(Reason.MALFORMED_MANIFEST, "failed to read " + what + ": " + cause);
  }
}
