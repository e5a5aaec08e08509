package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;

/**
 * A verified block, decoded and checked against the rules of its type. It refers to the array it
 * was decoded from.
 */
final class DagNode {
  private static final long[] NO_SIZES = {};

  private final Cid cid;
  private final UnixFsData.Type type;
  private final PbNode links;
  private final UnixFsData data;
  private final byte[] bytes;
  private final int dataOffset;
  private final int dataLength;
  private final int blockLength;

  private DagNode(Cid cid, byte[] bytes, int offset, int length) {
    this.cid = cid;
    this.bytes = bytes;
    this.blockLength = length;
    this.type = UnixFsData.Type.FILE;
    this.links = null;
    this.data = null;
    this.dataOffset = offset;
    this.dataLength = length;
  }

  private DagNode(Cid cid, PbNode links, UnixFsData data, int blockLength) {
    this.cid = cid;
    this.bytes = links.bytes();
    this.blockLength = blockLength;
    this.type = data.type();
    this.links = links;
    this.data = data;
    this.dataOffset = data.dataOffset();
    this.dataLength = data.dataLength();
  }

  /**
   * Decodes a block whose hash was checked.
   *
   * @throws FetchException {@link Reason#MALFORMED_DAG}: final, since the CID stands for exactly
   *     these bytes
   */
  static DagNode decode(Cid cid, byte[] bytes, int offset, int length) {
    if (cid.codec() != Cid.Codec.DAG_PB) {
      return new DagNode(cid, bytes, offset, length);
    }
    try {
      PbNode links = PbNode.decode(bytes, offset, length);
      if (links.dataOffset() < 0) {
        throw new IllegalArgumentException("a dag-pb node carries no UnixFS data");
      }
      UnixFsData data = UnixFsData.decode(bytes, links.dataOffset(), links.dataLength());
      switch (data.type()) {
        case FILE, RAW -> checkFile(links, data);
        case SYMLINK, METADATA, DIRECTORY, HAMT_SHARD -> {}
      }
      if (data.type() == UnixFsData.Type.SYMLINK && links.linkCount() > 0) {
        throw new IllegalArgumentException("a symbolic link has links");
      }
      return new DagNode(cid, links, data, length);
    } catch (IllegalArgumentException e) {
      throw malformed(cid, e.getMessage());
    }
  }

  static FetchException malformed(Cid cid, String cause) {
    return new FetchException(
        Reason.MALFORMED_DAG,
        "failed to read block "
            + cid
            + ": "
            + cause
            + "; its hash is right, so it was published so");
  }

  private static void checkFile(PbNode links, UnixFsData data) {
    if (data.blockSizes().length != links.linkCount()) {
      throw new IllegalArgumentException(
          "a file node has "
              + links.linkCount()
              + " links but "
              + data.blockSizes().length
              + " block sizes");
    }
    if (data.type() == UnixFsData.Type.RAW && links.linkCount() > 0) {
      throw new IllegalArgumentException("a node of type Raw has links");
    }
    long total = data.dataLength();
    for (int i = 0; i < links.linkCount(); i++) {
      if (links.hasName(i)) {
        throw new IllegalArgumentException("a link of a file node has a name");
      }
      total += data.blockSizes()[i];
      if (total < 0) {
        throw new IllegalArgumentException("the block sizes of a file node overflow");
      }
    }
    if (total != data.fileSize()) {
      throw new IllegalArgumentException(
          "a file node claims "
              + (data.hasFileSize() ? data.fileSize() + " bytes" : "no size")
              + " but its parts have "
              + total);
    }
  }

  Cid cid() {
    return cid;
  }

  UnixFsData.Type type() {
    return type;
  }

  boolean isFile() {
    return type == UnixFsData.Type.FILE || type == UnixFsData.Type.RAW;
  }

  boolean isDirectory() {
    return type == UnixFsData.Type.DIRECTORY || type == UnixFsData.Type.HAMT_SHARD;
  }

  byte[] bytes() {
    return bytes;
  }

  int dataOffset() {
    return dataOffset;
  }

  int dataLength() {
    return dataLength;
  }

  /** The length of the block in bytes. */
  int blockLength() {
    return blockLength;
  }

  /** The size of the whole file below this node, in bytes. */
  long fileSize() {
    return data == null ? dataLength : data.fileSize();
  }

  long[] blockSizes() {
    return data == null ? NO_SIZES : data.blockSizes();
  }

  UnixFsData data() {
    return data;
  }

  int linkCount() {
    return links == null ? 0 : links.linkCount();
  }

  PbNode links() {
    return links;
  }
}
