package dev.ipfstee.fetcher.ipfs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Makes the shards of a directory that is too large for one block: each name sits where its hash
 * puts it, as deep as is needed to tell it from others. Which directory it is depends on the
 * entries alone.
 *
 * @see <a href="https://specs.ipfs.tech/unixfs/#hamtdirectory">UnixFS, HAMT directories</a>
 */
final class HamtDag {
  static final int FANOUT = 256;

  private static final int WIDTH = Integer.numberOfTrailingZeros(FANOUT);

  private final BlockEncoder encoder;
  private final FileDag.Blocks blocks;

  HamtDag(BlockEncoder encoder, FileDag.Blocks blocks) {
    this.encoder = encoder;
    this.blocks = blocks;
  }

  /**
   * Makes them.
   *
   * @throws IllegalArgumentException when two names have one hash of 64 bits
   */
  FileDag.Link write(Map<String, FileDag.Link> entries) throws IOException {
    return shard(entries, 0);
  }

  private FileDag.Link shard(Map<String, FileDag.Link> entries, int depth) throws IOException {
    SortedMap<Integer, SortedMap<String, FileDag.Link>> slots = new TreeMap<>();
    entries.forEach(
        (name, link) ->
            slots.computeIfAbsent(slot(name, depth), unused -> new TreeMap<>()).put(name, link));
    byte[] bitfield = new byte[FANOUT / 8];
    SortedMap<String, FileDag.Link> links = new TreeMap<>();
    for (Map.Entry<Integer, SortedMap<String, FileDag.Link>> slot : slots.entrySet()) {
      int index = slot.getKey();
      bitfield[bitfield.length - 1 - index / 8] |= (byte) (1 << index % 8);
      String prefix = "%02x".formatted(index).toUpperCase(Locale.ROOT);
      SortedMap<String, FileDag.Link> there = slot.getValue();
      if (there.size() == 1) {
        links.put(prefix + there.firstKey(), there.get(there.firstKey()));
      } else {
        links.put(prefix, shard(there, depth + 1));
      }
    }
    byte[] block = encoder.shard(links, bitfield, FANOUT);
    Cid cid = encoder.cid(Cid.Codec.DAG_PB, block, block.length);
    blocks.take(cid, block, block.length);
    long below = links.values().stream().mapToLong(FileDag.Link::dagSize).sum();
    return new FileDag.Link(cid, 0, below + block.length);
  }

  private static int slot(String name, int depth) {
    int shift = Long.SIZE - WIDTH * (depth + 1);
    if (shift < 0) {
      throw new IllegalArgumentException("two names have the same hash");
    }
    long hash = Murmur3.hash64(name.getBytes(StandardCharsets.UTF_8));
    return (int) (hash >>> shift) & FANOUT - 1;
  }
}
