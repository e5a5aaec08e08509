package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * Writes dag-pb blocks with UnixFS in them, byte for byte as Kubo does. Not thread-safe.
 *
 * @see <a href="https://ipld.io/specs/codecs/dag-pb/spec/">dag-pb specification</a>
 */
final class BlockEncoder {
  private static final int BYTES = PbCursor.BYTES;
  private static final int TYPE_DIRECTORY = 1;
  private static final int TYPE_FILE = 2;
  private static final int TYPE_HAMT_SHARD = 5;

  private final boolean version0;
  private final MessageDigest sha256;

  /**
   * @param version0 whether links to dag-pb blocks are CIDs of version 0
   */
  BlockEncoder(boolean version0) {
    this.version0 = version0;
    this.sha256 = Digest.Algorithm.SHA256.newHash();
  }

  Cid cid(Cid.Codec codec, byte[] bytes, int length) {
    sha256.update(bytes, 0, length);
    byte[] hash = sha256.digest();
    return Cid.of(codec, Multihash.of(Multihash.Function.SHA2_256.code(), hash, 0, hash.length));
  }

  /** A node of a file: a leaf with data, or an inner node with links. */
  byte[] file(byte[] data, int length, List<FileDag.Link> links) {
    ByteArrayOutputStream node = new ByteArrayOutputStream();
    ByteArrayOutputStream unixFs = new ByteArrayOutputStream();
    number(unixFs, 1, TYPE_FILE);
    if (length > 0) {
      bytes(unixFs, 2, data, length);
    }
    number(unixFs, 3, length + links.stream().mapToLong(FileDag.Link::fileSize).sum());
    for (FileDag.Link link : links) {
      link(node, "", link);
      number(unixFs, 4, link.fileSize());
    }
    bytes(node, 1, unixFs.toByteArray(), unixFs.size());
    return node.toByteArray();
  }

  /** A plain directory. */
  byte[] directory(SortedMap<String, FileDag.Link> entries) {
    ByteArrayOutputStream node = new ByteArrayOutputStream();
    for (Map.Entry<String, FileDag.Link> entry : entries.entrySet()) {
      link(node, entry.getKey(), entry.getValue());
    }
    ByteArrayOutputStream unixFs = new ByteArrayOutputStream();
    number(unixFs, 1, TYPE_DIRECTORY);
    bytes(node, 1, unixFs.toByteArray(), unixFs.size());
    return node.toByteArray();
  }

  /** A node of a sharded directory; its links are named by their places, in that order. */
  byte[] shard(SortedMap<String, FileDag.Link> links, byte[] bitfield, int fanout) {
    ByteArrayOutputStream node = new ByteArrayOutputStream();
    links.forEach((name, link) -> link(node, name, link));
    int zeros = 0;
    while (zeros < bitfield.length && bitfield[zeros] == 0) {
      zeros++;
    }
    byte[] trimmed = Arrays.copyOfRange(bitfield, zeros, bitfield.length);
    ByteArrayOutputStream unixFs = new ByteArrayOutputStream();
    number(unixFs, 1, TYPE_HAMT_SHARD);
    bytes(unixFs, 2, trimmed, trimmed.length);
    number(unixFs, 5, HamtShard.MURMUR3_X64_64);
    number(unixFs, 6, fanout);
    bytes(node, 1, unixFs.toByteArray(), unixFs.size());
    return node.toByteArray();
  }

  private void link(ByteArrayOutputStream node, String name, FileDag.Link target) {
    ByteArrayOutputStream link = new ByteArrayOutputStream();
    byte[] cid = target.cid().toBytes();
    if (version0 && target.cid().codec() == Cid.Codec.DAG_PB) {
      cid = Arrays.copyOfRange(cid, 2, cid.length);
    }
    bytes(link, 1, cid, cid.length);
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    bytes(link, 2, utf8, utf8.length);
    number(link, 3, target.dagSize());
    bytes(node, 2, link.toByteArray(), link.size());
  }

  private static void number(ByteArrayOutputStream out, int field, long value) {
    varint(out, field << 3);
    varint(out, value);
  }

  private static void bytes(ByteArrayOutputStream out, int field, byte[] value, int length) {
    varint(out, field << 3 | BYTES);
    varint(out, length);
    out.write(value, 0, length);
  }

  static void varint(ByteArrayOutputStream out, long value) {
    byte[] encoded = new byte[Varint.length(value)];
    Varint.write(value, encoded, 0);
    out.writeBytes(encoded);
  }
}
