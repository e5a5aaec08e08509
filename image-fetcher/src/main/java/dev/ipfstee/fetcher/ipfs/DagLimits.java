package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.concurrent.atomic.AtomicLong;

/** What one run may walk, whatever the content claims. Thread-safe. */
final class DagLimits {
  /** The largest block in bytes that any reader must accept. */
  static final int MAX_BLOCK = 2 << 20;

  static final int MAX_DEPTH = 64;
  static final long MAX_BLOCKS = 1_000_000;

  /** Bytes of inner nodes that one walk may hold: three full ones suffice for a petabyte. */
  static final long MAX_HELD = 16L << 20;

  private final AtomicLong blocks = new AtomicLong();

  /** Counts a visited block; the same block visited twice counts twice. */
  void countBlock(Cid cid) {
    if (blocks.incrementAndGet() > MAX_BLOCKS) {
      throw new FetchException(
          Reason.DAG_TOO_LARGE,
          "failed to read block " + cid + ": more than " + MAX_BLOCKS + " blocks in one run");
    }
  }

  static void checkDepth(Cid cid, int depth) {
    if (depth > MAX_DEPTH) {
      throw new FetchException(
          Reason.DAG_TOO_DEEP,
          "failed to read block "
              + cid
              + ": it is more than "
              + MAX_DEPTH
              + " levels below its root");
    }
  }

  static void checkHeld(Cid cid, long held) {
    if (held > MAX_HELD) {
      throw new FetchException(
          Reason.DAG_TOO_LARGE,
          "failed to read block "
              + cid
              + ": the inner nodes above it have more than "
              + MAX_HELD
              + " bytes");
    }
  }
}
