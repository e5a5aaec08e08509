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
    private final long start;
    private int taken;
    private long offset;

    /**
     * @param start where its content starts in the file
     */
    private Frame(DagNode node, long start) {
      this.node = node;
      this.start = start;
      this.offset = node.dataLength();
    }

    /** Where the content of the next link starts in the file. */
    private long position() {
      return start + offset;
    }

    private long nextSize() {
      return node.blockSizes()[taken];
    }

    private void step() {
      offset += nextSize();
      taken++;
    }
  }

  private final Cid root;
  private final long from;
  private final long to;
  private final long maxBytes;
  private final DagLimits limits;
  private final OutputStream sink;
  private final List<Frame> frames = new ArrayList<>();
  private Cid next;
  private long held;

  /** Walks all of a file of at most so many bytes. */
  FileWalk(Cid root, long maxBytes, DagLimits limits, OutputStream sink) {
    this(root, 0, Stretch.END, maxBytes, limits, sink);
  }

  /** Walks a part of a file; the blocks beside it are left out. */
  FileWalk(FilePart part, DagLimits limits, OutputStream sink) {
    this(part.file(), part.from(), part.to(), part.fileSize(), limits, sink);
  }

  private FileWalk(
      Cid root, long from, long to, long maxBytes, DagLimits limits, OutputStream sink) {
    this.root = root;
    this.from = from;
    this.to = to;
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
    Frame parent = top();
    long start = parent == null ? 0 : parent.position();
    write(node, start);
    if (parent != null) {
      parent.step();
    }
    if (node.linkCount() > 0) {
      push(node, Arrays.copyOfRange(bytes, offset, offset + length), start);
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
    } else if (parent.nextSize() != node.fileSize()) {
      throw DagNode.malformed(
          parent.node.cid(),
          "it claims "
              + parent.nextSize()
              + " bytes for "
              + node.cid()
              + ", which has "
              + node.fileSize());
    }
  }

  private void write(DagNode node, long start) {
    long first = Math.max(from - start, 0);
    long end = Math.min(to - start, node.dataLength());
    if (first >= end) {
      return;
    }
    try {
      sink.write(node.bytes(), node.dataOffset() + (int) first, (int) (end - first));
    } catch (IOException e) {
      throw new FetchException(
          Reason.IO_ERROR, "failed to write the content of " + root + ": " + e.getMessage(), e);
    }
  }

  private void push(DagNode node, byte[] copy, long start) {
    DagLimits.checkDepth(node.cid(), frames.size() + 1);
    held += copy.length;
    DagLimits.checkHeld(node.cid(), held);
    // Decoded again on its own copy: the buffer it came in is about to hold the next block.
    frames.add(new Frame(DagNode.decode(node.cid(), copy, 0, copy.length), start));
  }

  private void advance() {
    while (!frames.isEmpty()) {
      Frame top = top();
      while (top.taken < top.node.linkCount() && isBefore(top.position(), top.nextSize())) {
        top.step();
      }
      if (top.taken < top.node.linkCount()) {
        next = top.position() < to ? top.node.links().cid(top.taken) : null;
        return;
      }
      held -= top.node.blockLength();
      frames.remove(frames.size() - 1);
    }
    next = null;
  }

  private boolean isBefore(long start, long size) {
    return start < from && start + size <= from;
  }

  /** Of a node's content what is needed, from {@code done} on. */
  private Stretch stretch(Cid node, long start, long size, long done) {
    long end = to - start;
    return new Stretch(node, Math.max(from - start, done), end < size ? end : Stretch.END);
  }

  private Frame top() {
    return frames.isEmpty() ? null : frames.get(frames.size() - 1);
  }

  @Override
  public Stretch missing() {
    Frame top = top();
    if (top == null) {
      return new Stretch(root, from, to);
    }
    if (top.nextSize() > DagLimits.MAX_BLOCK) {
      // Larger than a block can be, so the next block is the root of a part that is missing whole.
      return stretch(next, top.position(), top.nextSize(), 0);
    }
    if (upcoming(FEW + 1).size() > FEW) {
      return stretch(top.node.cid(), top.start, top.node.fileSize(), top.offset);
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
    long position = top.position();
    for (int i = top.taken; i < top.node.linkCount() && cids.size() < max && position < to; i++) {
      cids.add(top.node.links().cid(i));
      position += top.node.blockSizes()[i];
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
