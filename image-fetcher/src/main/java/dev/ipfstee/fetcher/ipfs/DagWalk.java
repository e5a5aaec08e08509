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
   * @param from the first byte of its content that is still needed
   * @param to the first byte behind those that are needed, {@link #END} for all the rest
   */
  record Stretch(Cid root, long from, long to) {
    static final long END = Long.MAX_VALUE;

    /** All of a DAG. */
    static Stretch all(Cid root) {
      return new Stretch(root, 0, END);
    }
  }

  /** The block needed next; null when the walk is complete. */
  Cid next();

  /** Takes the block that {@link #next} named; its hash was checked by the caller. */
  void accept(byte[] bytes, int offset, int length);

  /** The best CAR request after a break; null when few blocks are missing or known here. */
  Stretch missing();

  /** Blocks that will be needed soon, the next one first, at most {@code max}. */
  List<Cid> upcoming(int max);

  /** Whether a block is known to have been taken already and not to be needed again soon. */
  boolean isPast(Multihash block);
}
