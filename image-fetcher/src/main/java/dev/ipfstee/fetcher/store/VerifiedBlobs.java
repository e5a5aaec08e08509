package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Which blobs this process has hashed and found right, and still are the same file. */
final class VerifiedBlobs {
  private final StoreReader reader;
  private final Quarantine quarantine;
  private final ConcurrentMap<Digest, Fingerprint> verified = new ConcurrentHashMap<>();

  VerifiedBlobs(StoreReader reader, Quarantine quarantine) {
    this.reader = reader;
    this.quarantine = quarantine;
  }

  /** A file that was found right; any change of it changes this. */
  record Fingerprint(Object fileKey, FileTime modified, long size) {
    static Fingerprint of(BasicFileAttributes attributes) {
      return new Fingerprint(
          attributes.fileKey(), attributes.lastModifiedTime(), attributes.size());
    }
  }

  /** Remembers what was verified while it was written. */
  void put(Digest digest, Fingerprint right) {
    verified.put(digest, right);
  }

  /**
   * As {@link BlobStore#hasVerified} says.
   *
   * @throws FetchException {@link Reason#SIZE_MISMATCH}
   */
  boolean has(Digest digest, long size) throws IOException {
    Path file = reader.layout().blob(digest);
    try {
      Optional<BasicFileAttributes> attributes = reader.attributes(digest);
      if (attributes.isEmpty()) {
        // A file that is there now, another process has just stored.
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
            && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          quarantine.take(digest, null);
        }
        return false;
      }
      Fingerprint before = Fingerprint.of(attributes.get());
      if (before.equals(verified.get(digest)) || reader.hashOf(digest).equals(digest.hex())) {
        if (before.size() != size) {
          // Another image may need it, so what is wrong is not the blob.
          throw StoreErrors.otherSize(digest, size, before.size());
        }
        if (!before.equals(verified.get(digest))) {
          // It may have come from a tool that doesn't sync, and an index entry will rely on it.
          DurableFiles.syncFile(file);
          verified.put(digest, before);
        }
        return true;
      }
      quarantine.take(digest, before.fileKey());
      return false;
    } catch (NoSuchFileException gone) {
      return false;
    }
  }
}
