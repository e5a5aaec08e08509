package dev.ipfstee.fetcher.ipfs;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the balanced DAG of a file from its bytes as they come. Memory is one chunk and the links
 * of one node a level. Not thread-safe.
 *
 * @see <a href="https://specs.ipfs.tech/unixfs/">UnixFS specification</a>
 */
final class FileDag extends OutputStream {
  /** Takes the blocks in the order in which they're complete: children before parents. */
  interface Blocks {
    void take(Cid cid, byte[] bytes, int length) throws IOException;
  }

  /** A finished DAG. */
  record Link(Cid cid, long fileSize, long dagSize) {}

  private final AddProfile profile;
  private final Blocks blocks;
  private final BlockEncoder encoder;
  private final List<List<Link>> levels = new ArrayList<>();
  private final byte[] chunk;
  private int filled;
  private boolean anyLeaf;

  FileDag(AddProfile profile, Blocks blocks) {
    this.profile = profile;
    this.blocks = blocks;
    this.encoder = new BlockEncoder(!profile.rawLeaves());
    this.chunk = new byte[profile.chunk()];
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    for (int done = 0; done < length; ) {
      if (filled == chunk.length) {
        leaf();
      }
      int count = Math.min(chunk.length - filled, length - done);
      System.arraycopy(bytes, offset + done, chunk, filled, count);
      filled += count;
      done += count;
    }
  }

  /** Makes what is left and returns the root. Nothing may be written after this. */
  Link finish() throws IOException {
    if (filled > 0 || !anyLeaf) {
      leaf();
    }
    for (int level = 0; ; level++) {
      List<Link> links = levels.get(level);
      boolean top = level == levels.size() - 1;
      if (top && links.size() == 1) {
        return links.get(0);
      }
      if (!links.isEmpty()) {
        collapse(level);
      }
    }
  }

  private void leaf() throws IOException {
    anyLeaf = true;
    Link link;
    if (profile.rawLeaves()) {
      Cid cid = encoder.cid(Cid.Codec.RAW, chunk, filled);
      blocks.take(cid, chunk, filled);
      link = new Link(cid, filled, filled);
    } else {
      link = node(encoder.file(chunk, filled, List.of()), filled, 0);
    }
    filled = 0;
    add(0, link);
  }

  private void add(int level, Link link) throws IOException {
    if (level == levels.size()) {
      levels.add(new ArrayList<>());
    }
    // A full node is closed only when another link comes, so that a single one is the root.
    if (levels.get(level).size() == profile.width()) {
      collapse(level);
    }
    levels.get(level).add(link);
  }

  private void collapse(int level) throws IOException {
    List<Link> links = List.copyOf(levels.get(level));
    levels.get(level).clear();
    long below = links.stream().mapToLong(Link::dagSize).sum();
    long size = links.stream().mapToLong(Link::fileSize).sum();
    add(level + 1, node(encoder.file(chunk, 0, links), size, below));
  }

  private Link node(byte[] block, long fileSize, long below) throws IOException {
    Cid cid = encoder.cid(Cid.Codec.DAG_PB, block, block.length);
    blocks.take(cid, block, block.length);
    return new Link(cid, fileSize, below + block.length);
  }
}
