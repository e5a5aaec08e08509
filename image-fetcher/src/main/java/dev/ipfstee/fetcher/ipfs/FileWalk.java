package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Walks a file and writes its bytes in order. Sizes are checked from the root down, each block
 * against what its parent promised, before its bytes are handed on: never more is written than the
 * root claims.
 */
final class FileWalk implements DagWalk {
  /** As few blocks are asked for one by one. */
  private static final int FEW = 16;

  private static final class Frame {
    private final DagNode node;
    private int taken;
    private long offset;

    private Frame(DagNode node) {
      this.node = node;
      this.offset = node.dataLength();
    }
  }

  private final Cid root;
  private final long maxBytes;
  private final DagLimits limits;
  private final OutputStream sink;
  private final List<Frame> frames = new ArrayList<>();
  private Cid next;
  private long held;

  FileWalk(Cid root, long maxBytes, DagLimits limits, OutputStream sink) {
    this.root = root;
    this.maxBytes = maxBytes;
    this.limits = limits;
    this.sink = sink;
    this.next = root;
  }

  @Override
  public Cid next() {
    return next;
  }

  @Override
  public void accept(byte[] bytes, int offset, int length) {
    limits.countBlock(next);
    DagNode node = DagNode.decode(next, bytes, offset, length);
    if (!node.isFile()) {
      throw DagNode.malformed(
          next, "it is a " + node.type() + " node where a part of a file is expected");
    }
    checkSize(node);
    write(node);
    Frame parent = top();
    if (parent != null) {
      parent.offset += parent.node.blockSizes()[parent.taken];
      parent.taken++;
    }
    if (node.linkCount() > 0) {
      push(node, Arrays.copyOfRange(bytes, offset, offset + length));
    }
    advance();
  }

  private void checkSize(DagNode node) {
    Frame parent = top();
    if (parent == null) {
      if (node.fileSize() > maxBytes) {
        throw new FetchException(
            Reason.IMAGE_TOO_LARGE,
            "failed to read file "
                + root
                + ": it has "
                + node.fileSize()
                + " bytes, at most "
                + maxBytes
                + " are accepted");
      }
    } else if (parent.node.blockSizes()[parent.taken] != node.fileSize()) {
      throw DagNode.malformed(
          parent.node.cid(),
          "it claims "
              + parent.node.blockSizes()[parent.taken]
              + " bytes for "
              + node.cid()
              + ", which has "
              + node.fileSize());
    }
  }

  private void write(DagNode node) {
    try {
      sink.write(node.bytes(), node.dataOffset(), node.dataLength());
    } catch (IOException e) {
      throw new FetchException(
          Reason.IO_ERROR, "failed to write the content of " + root + ": " + e.getMessage(), e);
    }
  }

  private void push(DagNode node, byte[] copy) {
    DagLimits.checkDepth(node.cid(), frames.size() + 1);
    held += copy.length;
    DagLimits.checkHeld(node.cid(), held);
    // Decoded again on its own copy: the buffer it came in is about to hold the next block.
    frames.add(new Frame(DagNode.decode(node.cid(), copy, 0, copy.length)));
  }

  private void advance() {
    while (!frames.isEmpty() && top().taken == top().node.linkCount()) {
      held -= top().node.blockLength();
      frames.remove(frames.size() - 1);
    }
    next = frames.isEmpty() ? null : top().node.links().cid(top().taken);
  }

  private Frame top() {
    return frames.isEmpty() ? null : frames.get(frames.size() - 1);
  }

  @Override
  public Stretch missing() {
    Frame top = top();
    if (top == null) {
      return new Stretch(root, 0);
    }
    if (top.node.blockSizes()[top.taken] > DagLimits.MAX_BLOCK) {
      // Larger than a block can be, so the next block is the root of a part that is missing whole.
      return new Stretch(next, 0);
    }
    if (top.node.linkCount() - top.taken > FEW) {
      return new Stretch(top.node.cid(), top.offset);
    }
    return null;
  }

  @Override
  public List<Cid> upcoming(int max) {
    Frame top = top();
    if (top == null) {
      return List.of(next);
    }
    List<Cid> cids = new ArrayList<>();
    for (int i = top.taken; i < top.node.linkCount() && cids.size() < max; i++) {
      cids.add(top.node.links().cid(i));
    }
    return cids;
  }

  @Override
  public boolean isPast(Multihash block) {
    boolean past = false;
    for (Frame frame : frames) {
      past |= frame.node.cid().multihash().equals(block);
      for (int i = 0; i < frame.node.linkCount(); i++) {
        if (frame.node.links().endsWith(i, block.digest())) {
          if (i >= frame.taken) {
            return false;
          }
          past = true;
        }
      }
    }
    return past;
  }
}
