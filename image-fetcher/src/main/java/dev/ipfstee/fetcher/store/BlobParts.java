package dev.ipfstee.fetcher.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * The parts in which large blobs are written: the bytes of each come in order, those of the blob
 * need not. So what a part ends with says how much of it was written, even after a kill.
 */
public final class BlobParts {
  /** A smaller part isn't worth a request. */
  private static final long LEAST = 16 << 20;

  /** Above this many the parts get larger: gateways count requests. */
  private static final int MOST = 16;

  private static final int CHUNK = 256 << 10;

  private BlobParts() {}

  /**
   * How many bytes each part of a blob has, but for the last.
   *
   * @param size of the blob in bytes
   */
  public static long length(long size) {
    return size < 2 * LEAST ? Math.max(1, size) : Math.max(LEAST, Math.ceilDiv(size, MOST));
  }

  /**
   * How many bytes of a part were written. A hole reads as zeros; that a part really ends with some
   * costs only that they are asked for again. A power loss may have taken more, which the digest
   * tells.
   */
  static long kept(FileChannel file, long from, long to) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    for (long end = Math.min(to, file.size()); end > from; end -= buffer.limit()) {
      buffer.clear().limit((int) Math.min(CHUNK, end - from));
      while (buffer.hasRemaining()) {
        if (file.read(buffer, end - buffer.limit() + buffer.position()) < 0) {
          throw new IOException("it became shorter while it was read");
        }
      }
      for (int i = buffer.limit() - 1; i >= 0; i--) {
        if (buffer.get(i) != 0) {
          return end - buffer.limit() + i + 1 - from;
        }
      }
    }
    return 0;
  }

  /**
   * How many bytes of all parts were written.
   *
   * @param size of the blob in bytes
   */
  static long kept(FileChannel file, long size) throws IOException {
    long length = length(size);
    long kept = 0;
    for (long from = 0; from < size; from += length) {
      kept += kept(file, from, Math.min(from + length, size));
    }
    return kept;
  }
}
