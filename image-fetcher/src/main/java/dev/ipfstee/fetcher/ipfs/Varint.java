package dev.ipfstee.fetcher.ipfs;

/**
 * Unsigned variable-length integers as multiformats has them: seven bits a byte, least significant
 * first, at most nine bytes (63 bits), and never longer than needed.
 *
 * @see <a href="https://github.com/multiformats/unsigned-varint">unsigned-varint</a>
 */
final class Varint {
  private static final int MAX_BYTES = 9;
  private static final int MORE = 0x80;

  private Varint() {}

  /**
   * Reads the value at {@code offset}.
   *
   * @param limit first index that may not be read
   * @return the value, never negative
   * @throws IllegalArgumentException if it is cut off, longer than nine bytes or not minimal
   */
  static long read(byte[] bytes, int offset, int limit) {
    long value = 0;
    for (int i = 0; i < MAX_BYTES; i++) {
      if (offset + i >= limit) {
        throw new IllegalArgumentException("a varint is cut off");
      }
      int b = bytes[offset + i] & 0xff;
      value |= (long) (b & ~MORE) << (7 * i);
      if (b < MORE) {
        if (b == 0 && i > 0) {
          throw new IllegalArgumentException("a varint is longer than needed");
        }
        return value;
      }
    }
    throw new IllegalArgumentException("a varint is longer than nine bytes");
  }

  /** How many bytes {@link #write} uses for this value, 1 to 9. */
  static int length(long value) {
    int bits = Math.max(1, 64 - Long.numberOfLeadingZeros(value));
    return (bits + 6) / 7;
  }

  /** Writes a non-negative value and returns the index after it. */
  static int write(long value, byte[] target, int offset) {
    int at = offset;
    long rest = value;
    while (rest >= MORE) {
      target[at++] = (byte) (rest | MORE);
      rest >>>= 7;
    }
    target[at++] = (byte) rest;
    return at;
  }
}
