package dev.ipfstee.fetcher.archive;

import dev.ipfstee.fetcher.ipfs.PlainBytes;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.Optional;

/** An archive's bytes, to be read from any place on. Thread-safe. */
public interface ArchiveBytes {
  /** How many there are. */
  long size();

  /**
   * Writes a part of them; what comes from IPFS is checked against its CIDs.
   *
   * @throws dev.ipfstee.fetcher.report.FetchException when they can't be had
   */
  void read(long from, long length, OutputStream sink);

  /** Whether parts that are read at once may come sooner than all of them in one piece. */
  default boolean hasParts() {
    return false;
  }

  /**
   * Writes a part of them unchecked, for a caller who knows their digest.
   *
   * @return empty when they can't be had so, whatever was written
   */
  default Optional<PlainBytes> readPlain(long from, long length, OutputStream sink) {
    return Optional.empty();
  }

  /** A small part, in memory; shorter where the archive ends. */
  default byte[] read(long from, int length) {
    int there = (int) Math.max(0, Math.min(length, size() - from));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(there);
    if (there > 0) {
      read(from, there, bytes);
    }
    return bytes.toByteArray();
  }
}
