package dev.ipfstee.fetcher.archive;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.commons.compress.archivers.tar.TarUtils;

/** What a file is by its first bytes. */
public enum ArchiveForm {
  TAR,
  COMPRESSED,
  CAR,
  /** None of these. */
  OTHER;

  /** So many of the first bytes tell. */
  public static final int HEAD = 512;

  private static final int MAX_HEADER = 64 << 10;
  // The keys as dag-cbor text of five and seven bytes.
  private static final byte[] ROOTS = "eroots".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] VERSION = "gversion".getBytes(StandardCharsets.ISO_8859_1);

  /**
   * Recognises it.
   *
   * @param head the first {@value #HEAD} bytes, or all there are
   */
  public static ArchiveForm of(byte[] head) {
    if (Compression.of(head) != Compression.NONE) {
      return COMPRESSED;
    }
    if (head.length == HEAD && isTar(head)) {
      return TAR;
    }
    return isCar(head) ? CAR : OTHER;
  }

  private static boolean isTar(byte[] head) {
    try {
      return TarUtils.verifyCheckSum(head);
    } catch (IllegalArgumentException e) {
      return false; // The place of the checksum holds something else.
    }
  }

  /** A length, and a dag-cbor map with one of the two keys that a header of either version has. */
  private static boolean isCar(byte[] head) {
    int at = 0;
    long length = 0;
    while (at < head.length && at < 3) {
      length |= (long) (head[at] & 0x7f) << (7 * at);
      if (head[at++] >= 0) {
        boolean map = at < head.length && (head[at] == (byte) 0xa1 || head[at] == (byte) 0xa2);
        return map
            && length <= MAX_HEADER
            && (startsWith(head, at + 1, ROOTS) || startsWith(head, at + 1, VERSION));
      }
    }
    return false;
  }

  private static boolean startsWith(byte[] head, int at, byte[] what) {
    return head.length >= at + what.length
        && Arrays.equals(head, at, at + what.length, what, 0, what.length);
  }
}
