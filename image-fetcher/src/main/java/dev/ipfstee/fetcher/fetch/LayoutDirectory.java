package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.ImageIndex;
import dev.ipfstee.fetcher.oci.LayoutMarker;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** An image-layout directory of this machine, to be published as it is. */
public final class LayoutDirectory {
  private LayoutDirectory() {}

  /**
   * Its files; what isn't part of the layout is left out.
   *
   * @throws FetchException {@link Reason#LAYOUT_UNRECOGNIZED}, {@link Reason#MALFORMED_MANIFEST},
   *     {@link Reason#IO_ERROR}
   */
  public static LayoutFiles files(Path directory) {
    LayoutFiles files = new LayoutFiles();
    for (String name : List.of("index.json", "oci-layout")) {
      if (!Files.isRegularFile(directory.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
        throw new FetchException(
            Reason.LAYOUT_UNRECOGNIZED,
            "failed to read '" + shown(directory) + "': it has no file " + name);
      }
      files.add(name, source(directory.resolve(name)));
    }
    LayoutMarker.check(LayoutFiles.bytes(source(directory.resolve("oci-layout"))));
    ImageIndex.parse(
        LayoutFiles.bytes(source(directory.resolve("index.json"))),
        MediaTypes.OCI_INDEX,
        "index.json");
    try {
      for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
        addBlobs(files, directory, algorithm);
      }
    } catch (IOException e) {
      throw unreadable(directory, e);
    }
    return files;
  }

  private static void addBlobs(LayoutFiles files, Path directory, Digest.Algorithm algorithm)
      throws IOException {
    Path parent = directory.resolve("blobs").resolve(algorithm.label());
    if (!Files.isDirectory(parent, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> entries = Files.list(parent)) {
      for (Path blob : entries.toList()) {
        Digest digest = Digest.parse(algorithm.label() + ":" + blob.getFileName());
        if (!Files.isRegularFile(blob, LinkOption.NOFOLLOW_LINKS)) {
          throw new FetchException(
              Reason.LAYOUT_UNRECOGNIZED,
              "failed to read blob '" + digest + "': it is no regular file");
        }
        files.add(digest, Files.size(blob), source(blob));
      }
    }
  }

  /** The bytes of a file. */
  static BlobSource source(Path file) {
    return sink -> {
      try {
        Files.copy(file, sink);
      } catch (IOException e) {
        throw unreadable(file, e);
      }
    };
  }

  private static FetchException unreadable(Path file, IOException e) {
    return new FetchException(
        Reason.IO_ERROR, "failed to read '" + shown(file) + "': " + e.getMessage(), e);
  }

  private static String shown(Path path) {
    return Printable.escape(path.toString(), 200);
  }
}
