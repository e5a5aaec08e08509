package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Entity;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.ByteArrayOutputStream;

/** Reads small files into memory; their blocks are checked on the way. */
final class WholeFile {
  private WholeFile() {}

  /**
   * Reads all of a file.
   *
   * @param what how messages call it
   * @param maxBytes the most that it may have
   * @throws FetchException {@link Reason#MANIFEST_TOO_LARGE}, and what reading brings
   */
  static byte[] read(IpfsContent content, Entity.File file, String what, int maxBytes) {
    requireSize(file, what, maxBytes);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) file.size());
    content.read(file.cid(), maxBytes, bytes);
    return bytes.toByteArray();
  }

  /**
   * Checks the size alone.
   *
   * @throws FetchException {@link Reason#MANIFEST_TOO_LARGE}
   */
  static void requireSize(Entity.File file, String what, int maxBytes) {
    if (file.size() > maxBytes) {
      throw new FetchException(
          Reason.MANIFEST_TOO_LARGE,
          "failed to read "
              + what
              + ": "
              + file.size()
              + " bytes, at most "
              + maxBytes
              + " allowed");
    }
  }
}
