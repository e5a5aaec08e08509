package dev.ipfstee.fetcher.ipfs;

import java.util.List;

/**
 * A depth-first walk that says which block it needs next and takes it, so that blocks can come from
 * anywhere. Not thread-safe.
 */
interface DagWalk {

  /**
   * A request that brings the next blocks as a CAR.
   *
   * @param root the DAG to ask for
   * @param from the first byte of its content that is still needed, 0 for all of it
   */
  record Stretch(Cid root, long from) {}

  /** The block needed next; null when the walk is complete. */
  Cid next();

  /** Takes the block that {@link #next} named; its hash was checked by the caller. */
  void accept(byte[] bytes, int offset, int length);

  /** The best CAR request after a break; null when few blocks are missing here. */
  Stretch missing();

  /** Blocks that will be needed soon, the next one first, at most {@code max}. */
  List<Cid> upcoming(int max);

  /** Whether a block is known to have been taken already and not to be needed again soon. */
  boolean isPast(Multihash block);
}
