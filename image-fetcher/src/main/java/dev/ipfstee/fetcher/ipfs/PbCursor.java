package dev.ipfstee.fetcher.ipfs;

/**
 * Reads protobuf fields from a range of bytes. Nothing is copied, and no length is believed before
 * it is compared with what is left. Every violation is an {@link IllegalArgumentException}.
 */
final class PbCursor {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int BYTES = 2;
  static final int FIXED32 = 5;

  private final byte[] bytes;
  private final int limit;
  private int at;

  PbCursor(byte[] bytes, int offset, int length) {
    this.bytes = bytes;
    this.at = offset;
    this.limit = offset + length;
  }

  boolean hasMore() {
    return at < limit;
  }

  int position() {
    return at;
  }

  int limit() {
    return limit;
  }

  void skip(int length) {
    at += length;
  }

  /** A field's number and wire type in one, as on the wire. */
  int tag() {
    long tag = varint();
    if (tag < 8 || tag > 0xffff) {
      throw new IllegalArgumentException("a protobuf field number is out of range");
    }
    return (int) tag;
  }

  /** An unsigned 64-bit value; a negative result means 2^63 or more. */
  long varint() {
    long value = 0;
    for (int i = 0; i < 10; i++) {
      if (at >= limit) {
        throw new IllegalArgumentException("a protobuf varint is cut off");
      }
      int b = bytes[at++] & 0xff;
      if (i == 9 && b > 1) {
        break;
      }
      value |= (long) (b & 0x7f) << (7 * i);
      if (b < 0x80) {
        return value;
      }
    }
    throw new IllegalArgumentException("a protobuf varint overflows 64 bits");
  }

  /** The length of a length-delimited field, guaranteed to fit in what is left. */
  int length() {
    long length = varint();
    if (length < 0 || length > limit - at) {
      throw new IllegalArgumentException("a protobuf field is longer than the block");
    }
    return (int) length;
  }

  /** Skips the value of a field that isn't used. */
  void skipValue(int wireType) {
    switch (wireType) {
      case VARINT -> varint();
      case BYTES -> skip(length());
      case FIXED64 -> fixed(8);
      case FIXED32 -> fixed(4);
      default ->
          throw new IllegalArgumentException("protobuf wire type " + wireType + " is refused");
    }
  }

  private void fixed(int width) {
    if (limit - at < width) {
      throw new IllegalArgumentException("a protobuf field is cut off");
    }
    at += width;
  }
}
