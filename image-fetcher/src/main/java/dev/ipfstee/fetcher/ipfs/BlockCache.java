package dev.ipfstee.fetcher.ipfs;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The verified blocks that were fetched alone: directories, roots, repairs. A file that is read
 * after it was resolved needs its root again, and content with a block left out that was sent
 * before needs that one. Thread-safe.
 */
final class BlockCache {
  private static final long MAX_BYTES = 8L << 20;

  private final LinkedHashMap<Multihash, byte[]> blocks = new LinkedHashMap<>(64, 0.75f, true);
  private long bytes;

  /** The bytes, not to be changed, or null. */
  synchronized byte[] get(Multihash block) {
    return blocks.get(block);
  }

  synchronized void put(Multihash block, byte[] content) {
    byte[] before = blocks.put(block, content);
    bytes += content.length - (before == null ? 0 : before.length);
    Iterator<Map.Entry<Multihash, byte[]>> oldest = blocks.entrySet().iterator();
    while (bytes > MAX_BYTES && oldest.hasNext()) {
      bytes -= oldest.next().getValue().length;
      oldest.remove();
    }
  }
}
