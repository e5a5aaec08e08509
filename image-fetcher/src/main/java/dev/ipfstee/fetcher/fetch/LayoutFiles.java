package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.archive.ArchiveForm;
import dev.ipfstee.fetcher.archive.LocalBytes;
import dev.ipfstee.fetcher.archive.Scratch;
import dev.ipfstee.fetcher.ipfs.CarWriter;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.ImageIndex;
import dev.ipfstee.fetcher.oci.LayoutMarker;
import dev.ipfstee.fetcher.oci.Manifest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.ImageGraph;
import dev.ipfstee.fetcher.store.JsonTree;
import dev.ipfstee.fetcher.store.StoreReader;
import dev.ipfstee.fetcher.store.StoredImage;
import dev.ipfstee.fetcher.store.StoredReferrer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The files of an image layout, from a directory, a docker archive or a store, to be written as a
 * CAR. Every blob is checked against its digest on the way.
 */
public final class LayoutFiles {
  private static final String MARKER = "{\"imageLayoutVersion\":\"1.0.0\"}";

  private final SortedMap<String, BlobSource> top = new TreeMap<>();
  private final SortedMap<String, SortedMap<String, BlobSource>> blobs = new TreeMap<>();

  private LayoutFiles() {}

  /**
   * A layout directory, as it is; files beside those of the layout are left out.
   *
   * @throws FetchException {@link Reason#LAYOUT_UNRECOGNIZED}, {@link Reason#MALFORMED_MANIFEST},
   *     {@link Reason#IO_ERROR}
   */
  public static LayoutFiles ofDirectory(Path directory) {
    LayoutFiles files = new LayoutFiles();
    try {
      for (String name : List.of("index.json", "oci-layout")) {
        if (!Files.isRegularFile(directory.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
          throw new FetchException(
              Reason.LAYOUT_UNRECOGNIZED,
              "failed to read '" + shown(directory) + "': it has no file " + name);
        }
        files.top.put(name, source(directory.resolve(name)));
      }
      LayoutMarker.check(bytes(files.top.get("oci-layout")));
      ImageIndex.parse(bytes(files.top.get("index.json")), MediaTypes.OCI_INDEX, "index.json");
      for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
        Path parent = directory.resolve("blobs").resolve(algorithm.label());
        if (!Files.isDirectory(parent, LinkOption.NOFOLLOW_LINKS)) {
          continue;
        }
        try (Stream<Path> entries = Files.list(parent)) {
          for (Path blob : entries.toList()) {
            Digest digest = Digest.parse(algorithm.label() + ":" + blob.getFileName());
            if (!Files.isRegularFile(blob, LinkOption.NOFOLLOW_LINKS)) {
              throw new FetchException(
                  Reason.LAYOUT_UNRECOGNIZED,
                  "failed to read blob '" + digest + "': it is no regular file");
            }
            files.add(digest, source(blob));
          }
        }
      }
    } catch (IOException e) {
      throw unreadable(directory, e);
    }
    return files;
  }

  /**
   * The images of a docker archive, whose manifests are made.
   *
   * @param channel the archive; stays the caller's, until the files are written
   * @throws FetchException {@link Reason#LAYOUT_UNRECOGNIZED} for another kind of file, and those
   *     of reading one
   */
  public static LayoutFiles ofArchive(FileChannel channel, Scratch scratch) {
    LocalBytes bytes = new LocalBytes(channel);
    ArchiveForm form = ArchiveForm.of(bytes.read(0, ArchiveForm.HEAD));
    if (form != ArchiveForm.TAR && form != ArchiveForm.COMPRESSED) {
      throw new FetchException(
          Reason.LAYOUT_UNRECOGNIZED,
          "failed to read the file: expected a layout directory or a docker archive");
    }
    // The archive has no CID that anybody asked for: messages show the one of no bytes.
    RecognizedImage image = new ArchiveReader(scratch).read(Cid.parse("bafkqaaa"), bytes);
    if (image.layout() != Layout.DOCKER_ARCHIVE) {
      throw new FetchException(
          Reason.LAYOUT_UNRECOGNIZED,
          "failed to read the file: it is an archive of an image layout, which need not be"
              + " changed; unpack it (tar -xf) and publish the directory, or ipfs add it as it is");
    }
    LayoutFiles files = new LayoutFiles();
    files.names(image.roots().stream().map(MadeManifest::json).toList());
    for (Descriptor root : image.roots()) {
      byte[] json = bytes(image.blobs().locate(root));
      files.add(root.digest(), image.blobs().locate(root));
      Manifest manifest = Manifest.parse(json, root.mediaType(), "manifest " + root.digest());
      files.add(manifest.config().digest(), image.blobs().locate(manifest.config()));
      manifest.layers().forEach(layer -> files.add(layer.digest(), image.blobs().locate(layer)));
    }
    return files;
  }

  /** A stored image: its documents, all of its blobs that are there, and what refers to it. */
  public static LayoutFiles ofStored(StoreReader store, StoredImage image) {
    LayoutFiles files = new LayoutFiles();
    List<String> entries = new ArrayList<>(List.of(MadeManifest.json(image.descriptor())));
    Map<Digest, ImageGraph.Node> nodes = ImageGraph.read(store, image).nodes();
    files.add(store, nodes);
    for (StoredReferrer referrer : store.listing().referrers(image.cid(), nodes.keySet())) {
      if (referrer.isComplete(store)) {
        files.add(store, ImageGraph.read(store, referrer.descriptor()).nodes());
        // What the image's own index names is found by that.
        if (!nodes.containsKey(referrer.digest())) {
          entries.add(entry(referrer));
        }
      }
    }
    files.names(entries);
    return files;
  }

  private void add(StoreReader store, Map<Digest, ImageGraph.Node> nodes) {
    nodes.forEach(
        (digest, node) ->
            store
                .blob(digest)
                .filter(unused -> node.stored())
                .ifPresent(file -> add(digest, source(file))));
  }

  /** As it may be found again: by its tag, or by the subject in its manifest. */
  private static String entry(StoredReferrer referrer) {
    String json = MadeManifest.json(referrer.descriptor());
    Map<String, Object> more = new LinkedHashMap<>();
    referrer.artifactType().ifPresent(type -> more.put("artifactType", type));
    referrer
        .tag()
        .ifPresent(tag -> more.put("annotations", Map.of(Descriptor.REF_NAME, tag.toString())));
    return more.isEmpty()
        ? json
        : json.substring(0, json.length() - 1)
            + ","
            + new String(JsonTree.bytes(more), StandardCharsets.UTF_8).substring(1);
  }

  private void names(List<String> entries) {
    String index =
        "{\"schemaVersion\":2,\"mediaType\":\""
            + MediaTypes.OCI_INDEX
            + "\",\"manifests\":["
            + String.join(",", entries)
            + "]}";
    top.put("index.json", sink -> ArchiveReader.write(utf8(index), sink));
    top.put("oci-layout", sink -> ArchiveReader.write(utf8(MARKER), sink));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void add(Digest digest, BlobSource source) {
    blobs
        .computeIfAbsent(digest.algorithm().label(), unused -> new TreeMap<>())
        .put(digest.hex(), source);
  }

  /**
   * Writes them.
   *
   * @return the CID of the layout directory
   * @throws FetchException {@link Reason#DIGEST_MISMATCH}, and those of {@link CarWriter}
   */
  public Cid write(Path target) {
    try (CarWriter car = new CarWriter(target)) {
      SortedMap<String, CarWriter.Node> algorithms = new TreeMap<>();
      blobs.forEach(
          (algorithm, files) -> {
            SortedMap<String, CarWriter.Node> entries = new TreeMap<>();
            files.forEach((hex, source) -> entries.put(hex, blob(car, algorithm, hex, source)));
            algorithms.put(algorithm, car.directory(entries));
          });
      SortedMap<String, CarWriter.Node> root = new TreeMap<>();
      root.put("blobs", car.directory(algorithms));
      top.forEach((name, source) -> root.put(name, car.file(source::read)));
      CarWriter.Node layout = car.directory(root);
      car.finish(layout);
      return layout.cid();
    }
  }

  private static CarWriter.Node blob(
      CarWriter car, String algorithm, String hex, BlobSource source) {
    Digest expected = Digest.parse(algorithm + ":" + hex);
    DigestSink digest = new DigestSink(expected.algorithm(), Long.MAX_VALUE);
    CarWriter.Node node =
        car.file(
            sink ->
                source.read(
                    new OutputStream() {
                      @Override
                      public void write(int value) throws IOException {
                        write(new byte[] {(byte) value}, 0, 1);
                      }

                      @Override
                      public void write(byte[] bytes, int offset, int length) throws IOException {
                        digest.write(bytes, offset, length);
                        sink.write(bytes, offset, length);
                      }
                    }));
    if (!digest.digest().equals(expected)) {
      throw new FetchException(
          Reason.DIGEST_MISMATCH,
          "failed to write blob '" + expected + "': its content has digest " + digest.digest());
    }
    return node;
  }

  private static BlobSource source(Path file) {
    return sink -> {
      try {
        Files.copy(file, sink);
      } catch (IOException e) {
        throw unreadable(file, e);
      }
    };
  }

  private static byte[] bytes(BlobSource source) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    source.read(bytes);
    return bytes.toByteArray();
  }

  private static FetchException unreadable(Path file, IOException e) {
    return new FetchException(
        Reason.IO_ERROR, "failed to read '" + shown(file) + "': " + e.getMessage(), e);
  }

  private static String shown(Path path) {
    return Printable.escape(path.toString(), 200);
  }
}
