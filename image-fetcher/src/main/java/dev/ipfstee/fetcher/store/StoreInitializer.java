package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Makes a directory a valid image layout, or finds out that it is one. */
final class StoreInitializer {
  private static final byte[] OCI_LAYOUT =
      "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8);
  private static final int MAX_OCI_LAYOUT_BYTES = 4096;

  private StoreInitializer() {}

  /** Creates what is missing, {@code oci-layout} last. The caller holds the store's lock. */
  static void initialize(StoreLayout layout, IngestSession session) throws IOException {
    DurableFiles.ensureDirectory(layout.blobs());
    for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
      if (algorithm == Digest.Algorithm.SHA256 || exists(layout.blobs(algorithm))) {
        DurableFiles.ensureDirectory(layout.blobs(algorithm));
      }
    }
    if (exists(layout.index())) {
      new StoreReader(layout).index();
    } else {
      DurableFiles.replace(session.newFile("index"), layout.index(), StoreIndex.empty().toBytes());
    }
    if (exists(layout.ociLayout())) {
      checkVersion(layout.ociLayout());
    } else {
      DurableFiles.replace(session.newFile("oci-layout"), layout.ociLayout(), OCI_LAYOUT);
    }
  }

  private static boolean exists(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  private static void checkVersion(Path file) throws IOException {
    String version;
    try {
      version =
          JsonTree.text(
              JsonTree.parseObject(StoreReader.readBounded(file, MAX_OCI_LAYOUT_BYTES)),
              "imageLayoutVersion");
    } catch (JsonTree.Malformed malformed) {
      throw StoreErrors.corrupt(
          file, malformed.getMessage(), "remove the file; the next fetch writes it again");
    }
    if (!version.startsWith("1.")) {
      throw StoreErrors.corrupt(
          file,
          "expected an OCI image layout of version 1.x, found another version",
          "give the store a directory of its own");
    }
  }
}
