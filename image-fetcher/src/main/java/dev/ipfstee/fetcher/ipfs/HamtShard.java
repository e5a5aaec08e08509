package dev.ipfstee.fetcher.ipfs;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * One node of a sharded directory, checked: its bitfield says exactly which links it has, in this
 * order, and each name sits where its hash puts it.
 *
 * @see <a href="https://specs.ipfs.tech/unixfs/#hamtdirectory">UnixFS, HAMT directories</a>
 */
final class HamtShard {
  static final int MURMUR3_X64_64 = 0x22;
  private static final int MIN_FANOUT = 8;
  private static final int MAX_FANOUT = 1024;
  private static final int HASH_BITS = 64;

  private final DagNode node;
  private final int width;
  private final int prefixLength;
  private final int depth;
  private final int[] indexes;

  private HamtShard(DagNode node, int width, int depth, int[] indexes) {
    this.node = node;
    this.width = width;
    this.depth = depth;
    this.indexes = indexes;
    this.prefixLength = Integer.toHexString((1 << width) - 1).length();
  }

  /**
   * Checks a shard.
   *
   * @param depth 0 for the directory's root
   * @param path the hash bits of all levels above
   * @param parentWidth bits a level of the parent, 0 for the root
   * @throws dev.ipfstee.fetcher.report.FetchException MalformedDag
   */
  static HamtShard check(DagNode node, int depth, long path, int parentWidth) {
    try {
      UnixFsData data = node.data();
      if (data == null || data.type() != UnixFsData.Type.HAMT_SHARD) {
        throw new IllegalArgumentException("a part of a sharded directory is no shard");
      }
      int width = width(data);
      if (parentWidth != 0 && parentWidth != width) {
        throw new IllegalArgumentException("a shard has another fanout than its parent");
      }
      if (width * (depth + 1) > HASH_BITS) {
        throw new IllegalArgumentException("a sharded directory is deeper than its hash has bits");
      }
      HamtShard shard = new HamtShard(node, width, depth, indexes(node, 1 << width));
      shard.checkNames(path);
      return shard;
    } catch (IllegalArgumentException e) {
      throw DagNode.malformed(node.cid(), e.getMessage());
    }
  }

  private static int width(UnixFsData data) {
    long fanout = data.fanout();
    if (fanout < MIN_FANOUT || fanout > MAX_FANOUT || Long.bitCount(fanout) != 1) {
      throw new IllegalArgumentException(
          "the fanout of a shard is "
              + Long.toUnsignedString(fanout)
              + ", not a power of two from "
              + MIN_FANOUT
              + " to "
              + MAX_FANOUT);
    }
    if (data.hashType() != MURMUR3_X64_64) {
      throw new IllegalArgumentException("the hash of a shard is not murmur3-x64-64");
    }
    return Long.numberOfTrailingZeros(fanout);
  }

  private static int[] indexes(DagNode node, int fanout) {
    int length = node.dataLength();
    if (length > fanout / 8) {
      throw new IllegalArgumentException("the bitfield of a shard is wider than its fanout");
    }
    int[] indexes = new int[node.linkCount()];
    int found = 0;
    for (int i = 0; i < length * 8; i++) {
      int b = node.bytes()[node.dataOffset() + length - 1 - i / 8];
      if ((b >>> (i % 8) & 1) != 0) {
        if (found == indexes.length) {
          throw new IllegalArgumentException("the bitfield of a shard promises more links");
        }
        indexes[found++] = i;
      }
    }
    if (found != indexes.length) {
      throw new IllegalArgumentException("a shard has links that its bitfield lacks");
    }
    return indexes;
  }

  private void checkNames(long path) {
    for (int i = 0; i < indexes.length; i++) {
      String name = node.links().name(i);
      String prefix = hex(indexes[i]);
      if (!name.startsWith(prefix)) {
        throw new IllegalArgumentException("a link of a shard is not where its prefix says");
      }
      if (name.length() > prefixLength) {
        String entry = name.substring(prefixLength);
        DirectoryNames.check(entry);
        if (position(entry, depth) != (path << width | indexes[i])) {
          throw new IllegalArgumentException(
              "a name sits in a shard where its hash doesn't put it");
        }
      }
    }
  }

  private String hex(int index) {
    String digits = Integer.toHexString(index).toUpperCase(Locale.ROOT);
    return "0".repeat(prefixLength - digits.length()) + digits;
  }

  /** The hash bits of a name down to and including a level, most significant first. */
  private long position(String name, int level) {
    long hash = Murmur3.hash64(name.getBytes(StandardCharsets.UTF_8));
    return hash >>> (HASH_BITS - width * (level + 1));
  }

  int width() {
    return width;
  }

  DagNode node() {
    return node;
  }

  int linkCount() {
    return indexes.length;
  }

  /** The name of an entry, or null if the link is a shard further down. */
  String entry(int link) {
    String name = node.links().name(link);
    return name.length() == prefixLength ? null : name.substring(prefixLength);
  }

  /** The hash bits of the shard that a link points to. */
  long pathBelow(int link, long path) {
    return path << width | indexes[link];
  }

  /** The only link that can hold or lead to this name, or -1. */
  int linkFor(String name) {
    int index = (int) (position(name, depth) & (1 << width) - 1);
    for (int i = 0; i < indexes.length; i++) {
      if (indexes[i] == index) {
        return i;
      }
    }
    return -1;
  }
}
