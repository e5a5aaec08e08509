package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.CarWriter;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files of an image layout, to be written as a CAR. Every blob is checked against its digest on
 * the way.
 */
public final class LayoutFiles {
  private static final String MARKER = "{\"imageLayoutVersion\":\"1.0.0\"}";

  private record Blob(long size, BlobSource source) {}

  private final SortedMap<String, BlobSource> top = new TreeMap<>();
  private final SortedMap<String, SortedMap<String, Blob>> blobs = new TreeMap<>();

  LayoutFiles() {}

  /** Adds a file beside the blobs: {@code index.json} or {@code oci-layout}. */
  void add(String name, BlobSource source) {
    top.put(name, source);
  }

  /** Adds a blob. */
  void add(Digest digest, long size, BlobSource source) {
    blobs
        .computeIfAbsent(digest.algorithm().label(), unused -> new TreeMap<>())
        .put(digest.hex(), new Blob(size, source));
  }

  /** Makes the files beside the blobs; these descriptors are the entries of the index. */
  void name(List<String> entries) {
    String index =
        "{\"schemaVersion\":2,\"mediaType\":\""
            + MediaTypes.OCI_INDEX
            + "\",\"manifests\":["
            + String.join(",", entries)
            + "]}";
    add("index.json", sink -> ArchiveReader.write(index.getBytes(StandardCharsets.UTF_8), sink));
    add("oci-layout", sink -> ArchiveReader.write(MARKER.getBytes(StandardCharsets.UTF_8), sink));
  }

  /** All of a small one. */
  static byte[] bytes(BlobSource source) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    source.read(bytes);
    return bytes.toByteArray();
  }

  /**
   * Writes them.
   *
   * @param listener is told how much of the blobs is written
   * @return the CID of the layout directory
   * @throws FetchException {@link Reason#DIGEST_MISMATCH}, and those of {@link CarWriter}
   */
  public Cid write(Path target, ProgressListener listener) {
    Progress progress = new Progress(listener);
    try (CarWriter car = new CarWriter(target)) {
      SortedMap<String, CarWriter.Node> algorithms = new TreeMap<>();
      blobs.forEach(
          (algorithm, files) -> {
            SortedMap<String, CarWriter.Node> entries = new TreeMap<>();
            files.forEach(
                (hex, blob) ->
                    entries.put(
                        hex,
                        write(car, Digest.parse(algorithm + ":" + hex), blob.source(), progress)));
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

  private static CarWriter.Node write(
      CarWriter car, Digest expected, BlobSource source, Progress progress) {
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
                        progress.add(length);
                      }
                    }));
    if (!digest.digest().equals(expected)) {
      throw new FetchException(
          Reason.DIGEST_MISMATCH,
          "failed to write blob '" + expected + "': its content has digest " + digest.digest());
    }
    return node;
  }

  private final class Progress {
    private final ProgressListener listener;
    private final long total;
    private long written;

    Progress(ProgressListener listener) {
      this.listener = listener;
      this.total =
          blobs.values().stream()
              .flatMap(files -> files.values().stream())
              .mapToLong(Blob::size)
              .reduce(0, Sizes::sum);
    }

    void add(int bytes) {
      written += bytes;
      listener.progress(written, total);
    }
  }
}
