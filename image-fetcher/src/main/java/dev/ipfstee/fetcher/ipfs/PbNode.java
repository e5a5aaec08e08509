package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A dag-pb node as positions in its block: no object per link, so that a hostile block of two
 * mebibytes can't become a hundred. Links may come before or after Data, but not around it.
 *
 * @see <a href="https://ipld.io/specs/codecs/dag-pb/spec/">dag-pb specification</a>
 */
final class PbNode {
  private static final int NODE_DATA = 1 << 3 | PbCursor.BYTES;
  private static final int NODE_LINK = 2 << 3 | PbCursor.BYTES;
  private static final int LINK_HASH = 1 << 3 | PbCursor.BYTES;
  private static final int LINK_NAME = 2 << 3 | PbCursor.BYTES;
  private static final int LINK_TSIZE = 3 << 3;

  private static final int FIELDS = 4;

  private final byte[] bytes;
  private int dataOffset = -1;
  private int dataLength;
  // Per link: offset and length of the CID, offset and length of the name.
  private int[] links = new int[0];
  private int linkCount;
  private long claimedSize;

  private PbNode(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Decodes a block that stays in the given array.
   *
   * @throws IllegalArgumentException for anything but a well-formed node
   */
  static PbNode decode(byte[] bytes, int offset, int length) {
    PbNode node = new PbNode(bytes);
    PbCursor cursor = new PbCursor(bytes, offset, length);
    boolean linksClosed = false;
    while (cursor.hasMore()) {
      int tag = cursor.tag();
      if (tag == NODE_DATA) {
        if (node.dataOffset >= 0) {
          throw new IllegalArgumentException("a node has Data twice");
        }
        node.dataLength = cursor.length();
        node.dataOffset = cursor.position();
        cursor.skip(node.dataLength);
        linksClosed = node.linkCount > 0;
      } else if (tag == NODE_LINK) {
        if (linksClosed) {
          throw new IllegalArgumentException("a node has Data between its links");
        }
        int linkLength = cursor.length();
        node.addLink(new PbCursor(bytes, cursor.position(), linkLength));
        cursor.skip(linkLength);
      } else {
        throw new IllegalArgumentException("a node has an unknown field or wire type");
      }
    }
    return node;
  }

  private void addLink(PbCursor link) {
    int at = linkCount * FIELDS;
    if (at == links.length) {
      links = Arrays.copyOf(links, Math.max(8 * FIELDS, links.length * 2));
    }
    int seen = 0;
    links[at + 2] = link.position();
    links[at + 3] = 0;
    while (link.hasMore()) {
      int tag = link.tag();
      if (tag <= seen) {
        throw new IllegalArgumentException("the fields of a link are repeated or out of order");
      }
      seen = tag;
      switch (tag) {
        case LINK_HASH -> {
          links[at + 1] = link.length();
          links[at] = link.position();
          link.skip(links[at + 1]);
          if (Cid.lengthAt(bytes, links[at], links[at] + links[at + 1]) != links[at + 1]) {
            throw new IllegalArgumentException("bytes follow the CID of a link");
          }
        }
        case LINK_NAME -> {
          links[at + 3] = link.length();
          links[at + 2] = link.position();
          link.skip(links[at + 3]);
        }
        case LINK_TSIZE -> claimedSize = sum(claimedSize, link.varint());
        default -> throw new IllegalArgumentException("a link has an unknown field or wire type");
      }
      if (tag != LINK_HASH && links[at + 1] == 0) {
        throw new IllegalArgumentException("a link doesn't start with its CID");
      }
    }
    if (seen == 0) {
      throw new IllegalArgumentException("a link has no CID");
    }
    linkCount++;
  }

  private static long sum(long one, long other) {
    return one > Long.MAX_VALUE - other ? Long.MAX_VALUE : one + other;
  }

  byte[] bytes() {
    return bytes;
  }

  /**
   * The bytes of all that is below, as the publisher claims and nobody has checked: the sum of the
   * links' Tsize, at most {@link Long#MAX_VALUE}.
   */
  long claimedSize() {
    return claimedSize;
  }

  /** Where Data starts, or -1 without Data. */
  int dataOffset() {
    return dataOffset;
  }

  int dataLength() {
    return dataLength;
  }

  int linkCount() {
    return linkCount;
  }

  /**
   * The CID of a link.
   *
   * @throws dev.ipfstee.fetcher.report.FetchException if its codec or hash isn't supported
   */
  Cid cid(int link) {
    int offset = links[link * FIELDS];
    Cid cid = Cid.fromBytes(bytes, offset, offset + links[link * FIELDS + 1]);
    if (cid.codec() == Cid.Codec.CAR) {
      throw new FetchException(
          Reason.UNSUPPORTED_CODEC, "failed to accept a link: a CAR is no part of a file");
    }
    return cid;
  }

  boolean hasName(int link) {
    return links[link * FIELDS + 3] > 0;
  }

  /**
   * The name of a link, "" without one.
   *
   * @throws IllegalArgumentException if it isn't UTF-8
   */
  String name(int link) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, links[link * FIELDS + 2], links[link * FIELDS + 3]))
          .toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("the name of a link is not UTF-8", e);
    }
  }

  /** Whether the digest of a link's CID has these bytes; cheap, without objects. */
  boolean endsWith(int link, byte[] digest) {
    int end = links[link * FIELDS] + links[link * FIELDS + 1];
    return links[link * FIELDS + 1] >= digest.length
        && Arrays.equals(bytes, end - digest.length, end, digest, 0, digest.length);
  }
}
