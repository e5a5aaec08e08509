package dev.ipfstee.fetcher.ipfs;

import java.util.Arrays;

/**
 * The UnixFS message in a node's Data, as positions in its block.
 *
 * @param type what the node is
 * @param dataOffset where its own bytes start in the block
 * @param dataLength how many there are
 * @param hasFileSize whether a file size is given
 * @param fileSize the whole file's size in bytes, 0 if not given
 * @param blockSizes the file sizes of the links
 * @param hashType the multihash code of a sharded directory, 0 if not given
 * @param fanout the width of a sharded directory, 0 if not given
 * @see <a href="https://specs.ipfs.tech/unixfs/">UnixFS specification</a>
 */
record UnixFsData(
    Type type,
    int dataOffset,
    int dataLength,
    boolean hasFileSize,
    long fileSize,
    long[] blockSizes,
    long hashType,
    long fanout) {

  /** In the order of the numbers on the wire. */
  enum Type {
    RAW,
    DIRECTORY,
    FILE,
    METADATA,
    SYMLINK,
    HAMT_SHARD
  }

  private static final int TYPE = 1 << 3;
  private static final int DATA = 2 << 3 | PbCursor.BYTES;
  private static final int FILE_SIZE = 3 << 3;
  private static final int BLOCK_SIZES = 4 << 3;
  private static final int BLOCK_SIZES_PACKED = 4 << 3 | PbCursor.BYTES;
  private static final int HASH_TYPE = 5 << 3;
  private static final int FANOUT = 6 << 3;
  private static final int MODE = 7 << 3;
  private static final int MTIME = 8 << 3 | PbCursor.BYTES;
  private static final int LAST_KNOWN_FIELD = 8;
  private static final int NANOS = 2 << 3 | PbCursor.FIXED32;

  /**
   * Decodes the message; unknown fields are skipped, repeated ones refused, since readers would
   * disagree about which counts.
   *
   * @throws IllegalArgumentException for anything malformed
   */
  static UnixFsData decode(byte[] bytes, int offset, int length) {
    PbCursor cursor = new PbCursor(bytes, offset, length);
    Type type = null;
    int dataOffset = offset;
    int dataLength = 0;
    long fileSize = 0;
    long hashType = 0;
    long fanout = 0;
    long[] sizes = new long[0];
    int sizeCount = 0;
    int seen = 0;
    while (cursor.hasMore()) {
      int tag = cursor.tag();
      int field = tag >>> 3;
      if (tag != BLOCK_SIZES && tag != BLOCK_SIZES_PACKED && field <= LAST_KNOWN_FIELD) {
        if ((seen & 1 << field) != 0) {
          throw new IllegalArgumentException("UnixFS field " + field + " is repeated");
        }
        seen |= 1 << field;
      }
      switch (tag) {
        case TYPE -> type = type(cursor.varint());
        case DATA -> {
          dataLength = cursor.length();
          dataOffset = cursor.position();
          cursor.skip(dataLength);
        }
        case FILE_SIZE -> fileSize = size(cursor.varint());
        case BLOCK_SIZES -> {
          sizes = room(sizes, sizeCount);
          sizes[sizeCount++] = size(cursor.varint());
        }
        case BLOCK_SIZES_PACKED -> {
          int end = cursor.length() + cursor.position();
          while (cursor.position() < end) {
            sizes = room(sizes, sizeCount);
            sizes[sizeCount++] = size(cursor.varint());
          }
          if (cursor.position() != end) {
            throw new IllegalArgumentException("packed UnixFS block sizes are cut off");
          }
        }
        case HASH_TYPE -> hashType = cursor.varint();
        case FANOUT -> fanout = cursor.varint();
        case MODE -> cursor.varint();
        case MTIME -> {
          int mtime = cursor.length();
          checkMtime(new PbCursor(bytes, cursor.position(), mtime), bytes);
          cursor.skip(mtime);
        }
        default -> {
          if (field <= LAST_KNOWN_FIELD) {
            throw new IllegalArgumentException("UnixFS field " + field + " has a wrong wire type");
          }
          cursor.skipValue(tag & 7);
        }
      }
    }
    if (type == null) {
      throw new IllegalArgumentException("the UnixFS data has no type");
    }
    return new UnixFsData(
        type,
        dataOffset,
        dataLength,
        (seen & 1 << (FILE_SIZE >>> 3)) != 0,
        fileSize,
        Arrays.copyOf(sizes, sizeCount),
        hashType,
        fanout);
  }

  private static Type type(long value) {
    if (value < 0 || value >= Type.values().length) {
      throw new IllegalArgumentException("the UnixFS type is unknown");
    }
    return Type.values()[(int) value];
  }

  private static long size(long value) {
    if (value < 0) {
      throw new IllegalArgumentException("a UnixFS size is 2^63 or more");
    }
    return value;
  }

  private static long[] room(long[] sizes, int count) {
    return count < sizes.length ? sizes : Arrays.copyOf(sizes, Math.max(16, count * 2));
  }

  /** Times don't matter here, but a node that breaks their rule is no UnixFS node. */
  private static void checkMtime(PbCursor time, byte[] bytes) {
    while (time.hasMore()) {
      int tag = time.tag();
      int at = time.position();
      time.skipValue(tag & 7);
      if (tag == NANOS) {
        long nanos =
            bytes[at] & 0xffL
                | (bytes[at + 1] & 0xffL) << 8
                | (bytes[at + 2] & 0xffL) << 16
                | (bytes[at + 3] & 0xffL) << 24;
        if (nanos >= 1_000_000_000L) {
          throw new IllegalArgumentException("the nanoseconds of a UnixFS time are out of range");
        }
      }
    }
  }
}
