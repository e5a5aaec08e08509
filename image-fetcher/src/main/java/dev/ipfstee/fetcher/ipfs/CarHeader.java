package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The dag-cbor header of a CAR of version 1: a map of exactly {@code version} and {@code roots}.
 * What a gateway claims to send proves nothing, so its roots only count for CARs that are content.
 *
 * @see <a href="https://ipld.io/specs/transport/car/carv1/">CARv1 specification</a>
 */
final class CarHeader {
  private static final int UNSIGNED = 0;
  private static final int BYTE_STRING = 2;
  private static final int TEXT_STRING = 3;
  private static final int ARRAY = 4;
  private static final int MAP = 5;
  private static final int TAG = 6;
  private static final int CID_TAG = 42;

  private final byte[] bytes;
  private final int limit;
  private int at;
  private final List<Cid> roots = new ArrayList<>();

  private CarHeader(byte[] bytes, int offset, int length) {
    this.bytes = bytes;
    this.at = offset;
    this.limit = offset + length;
  }

  /**
   * Checks a header.
   *
   * @return its roots, those of a kind that isn't supported left out
   * @throws IllegalArgumentException if it isn't one of version 1
   */
  static List<Cid> check(byte[] bytes, int offset, int length) {
    CarHeader header = new CarHeader(bytes, offset, length);
    header.check();
    return List.copyOf(header.roots);
  }

  private void check() {
    long entries = head(MAP);
    boolean hasRoots = false;
    long version = 0;
    for (long i = 0; i < entries; i++) {
      String key = text();
      if (key.equals("version") && version == 0) {
        version = head(UNSIGNED);
      } else if (key.equals("roots") && !hasRoots) {
        hasRoots = true;
        for (long left = head(ARRAY); left > 0; left--) {
          root();
        }
      } else {
        throw new IllegalArgumentException("its header has an unknown or repeated key");
      }
    }
    if (version != 1) {
      throw new IllegalArgumentException("its version is " + version + ", only 1 is accepted");
    }
    if (!hasRoots || at != limit) {
      throw new IllegalArgumentException("its header has no roots, or bytes after its end");
    }
  }

  private void root() {
    if (head(TAG) != CID_TAG) {
      throw new IllegalArgumentException("a root in its header is no CID");
    }
    int length = length(BYTE_STRING);
    if (length < 1 || bytes[at] != 0 || Cid.lengthAt(bytes, at + 1, at + length) != length - 1) {
      throw new IllegalArgumentException("a root in its header is no CID");
    }
    try {
      roots.add(Cid.fromBytes(bytes, at + 1, at + length));
    } catch (FetchException e) {
      // Of a kind that no file or directory has.
    }
    at += length;
  }

  private String text() {
    int length = length(TEXT_STRING);
    String text = new String(bytes, at, length, StandardCharsets.UTF_8);
    at += length;
    return text;
  }

  private int length(int major) {
    long length = head(major);
    if (length > limit - at) {
      throw new IllegalArgumentException("its header is cut off");
    }
    return (int) length;
  }

  /** The argument of the next item, which must be of this major type and of definite length. */
  private long head(int major) {
    int initial = octet();
    int info = initial & 31;
    if (initial >>> 5 != major || info > 27) {
      throw new IllegalArgumentException("its header is not the expected dag-cbor");
    }
    if (info < 24) {
      return info;
    }
    long value = 0;
    for (int i = 0; i < 1 << (info - 24); i++) {
      value = value << 8 | octet();
    }
    if (value < 0) {
      throw new IllegalArgumentException("a number in its header is out of range");
    }
    return value;
  }

  private int octet() {
    if (at >= limit) {
      throw new IllegalArgumentException("its header is cut off");
    }
    return bytes[at++] & 0xff;
  }
}
