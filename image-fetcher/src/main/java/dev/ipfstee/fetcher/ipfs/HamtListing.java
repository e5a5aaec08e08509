package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Collects all entries of a sharded directory. */
final class HamtListing implements DagWalk {

  private static final class Frame {
    private final HamtShard shard;
    private final long path;
    private int taken;

    private Frame(HamtShard shard, long path) {
      this.shard = shard;
      this.path = path;
    }
  }

  private final Cid root;
  private final int maxEntries;
  private final DagLimits limits;
  private final List<Frame> frames = new ArrayList<>();
  private final List<Entity.Named> entries = new ArrayList<>();
  private Cid next;
  private long held;

  HamtListing(Cid root, int maxEntries, DagLimits limits) {
    this.root = root;
    this.maxEntries = maxEntries;
    this.limits = limits;
    this.next = root;
  }

  List<Entity.Named> entries() {
    return entries;
  }

  /** Refuses the entry that would be one too many. */
  static void checkCount(Cid directory, int entries, int maxEntries) {
    if (entries > maxEntries) {
      throw new FetchException(
          Reason.DAG_TOO_LARGE,
          "failed to list directory "
              + directory
              + ": it has more than "
              + maxEntries
              + " entries");
    }
  }

  @Override
  public Cid next() {
    return next;
  }

  @Override
  public void accept(byte[] bytes, int offset, int length) {
    limits.countBlock(next);
    DagLimits.checkDepth(next, frames.size() + 1);
    held += length;
    DagLimits.checkHeld(next, held);
    byte[] copy = Arrays.copyOfRange(bytes, offset, offset + length);
    Frame parent = top();
    long path = parent == null ? 0 : parent.shard.pathBelow(parent.taken++, parent.path);
    int width = parent == null ? 0 : parent.shard.width();
    HamtShard shard =
        HamtShard.check(DagNode.decode(next, copy, 0, length), frames.size(), path, width);
    frames.add(new Frame(shard, path));
    advance();
  }

  private void advance() {
    while (!frames.isEmpty()) {
      Frame top = top();
      while (top.taken < top.shard.linkCount()) {
        String name = top.shard.entry(top.taken);
        Cid cid = top.shard.node().links().cid(top.taken);
        if (name == null) {
          next = cid;
          return;
        }
        checkCount(root, entries.size() + 1, maxEntries);
        entries.add(new Entity.Named(name, cid));
        top.taken++;
      }
      held -= top.shard.node().blockLength();
      frames.remove(frames.size() - 1);
    }
    next = null;
  }

  private Frame top() {
    return frames.isEmpty() ? null : frames.get(frames.size() - 1);
  }

  @Override
  public Stretch missing() {
    return frames.isEmpty() ? Stretch.all(root) : null;
  }

  @Override
  public List<Cid> upcoming(int max) {
    List<Cid> cids = new ArrayList<>(List.of(next));
    Frame top = top();
    for (int i = top == null ? 0 : top.taken + 1;
        top != null && i < top.shard.linkCount() && cids.size() < max;
        i++) {
      if (top.shard.entry(i) == null) {
        cids.add(top.shard.node().links().cid(i));
      }
    }
    return cids;
  }

  @Override
  public boolean isPast(Multihash block) {
    return frames.stream().anyMatch(frame -> frame.shard.node().cid().multihash().equals(block));
  }
}
