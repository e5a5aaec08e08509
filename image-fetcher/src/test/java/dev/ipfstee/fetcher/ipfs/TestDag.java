package dev.ipfstee.fetcher.ipfs;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Builds UnixFS content in memory, as Kubo would or as it shouldn't be, and remembers its
 * structure, so that a test gateway can send CARs without any code of the reader under test.
 */
public final class TestDag {
  private static final int DIRECTORY = 1;
  private static final int FILE = 2;
  private static final int HAMT = 5;

  /**
   * A block and what belongs to its entity.
   *
   * @param children the blocks of the same entity below it, in order
   * @param size bytes of file content at and below it
   * @param v0 whether links to it use CID version 0
   */
  public record Block(Cid cid, byte[] bytes, List<Cid> children, long size, boolean v0) {
    byte[] linkBytes() {
      byte[] binary = cid.toBytes();
      return v0 ? Arrays.copyOfRange(binary, 2, binary.length) : binary;
    }
  }

  /**
   * How files are cut.
   *
   * @param chunk bytes in a leaf
   * @param width links in an inner node
   * @param rawLeaves whether leaves are raw blocks
   * @param v0 whether dag-pb nodes are linked by CID version 0
   * @param trickle whether inner nodes have leaves and subtrees
   */
  public record Shape(int chunk, int width, boolean rawLeaves, boolean v0, boolean trickle) {
    /** As {@code ipfs add} does, in small. */
    public static final Shape KUBO_DEFAULT = new Shape(1000, 5, false, true, false);

    /** As {@code ipfs add --cid-version=1} does, in small. */
    public static final Shape RAW_LEAVES = new Shape(1000, 5, true, false, false);
  }

  private final Map<Multihash, Block> blocks = new HashMap<>();

  /** A stored block, or null. */
  public Block get(Cid cid) {
    return blocks.get(cid.multihash());
  }

  /** Forgets a block. */
  public void remove(Cid cid) {
    blocks.remove(cid.multihash());
  }

  /** All blocks of the entity below and with this one, depth first, with repetitions. */
  public List<Block> entity(Cid root) {
    List<Block> found = new ArrayList<>();
    collect(root, 0, Long.MAX_VALUE, found);
    return found;
  }

  /** The blocks of a file that are needed for the bytes from one up to another. */
  public List<Block> entity(Cid root, long from, long to) {
    List<Block> found = new ArrayList<>();
    collect(root, from, to, found);
    return found;
  }

  private void collect(Cid cid, long from, long to, List<Block> found) {
    Block block = get(cid);
    if (block == null) {
      return;
    }
    found.add(block);
    long offset = 0;
    for (Cid child : block.children()) {
      Block below = get(child);
      long size = below == null ? 0 : below.size();
      if (below == null || offset < to && (from == 0 || offset + size > from)) {
        collect(child, Math.max(0, from - offset), to - offset, found);
      }
      offset += size;
    }
  }

  /** All blocks, in no particular order. */
  public List<Block> all() {
    return List.copyOf(blocks.values());
  }

  /** Stores a block of any codec without links. */
  public Cid block(Cid.Codec codec, byte[] bytes) {
    return store(codec, bytes, List.of(), bytes.length, false);
  }

  /** Stores a raw block. */
  public Cid raw(byte[] bytes) {
    return store(Cid.Codec.RAW, bytes, List.of(), bytes.length, false);
  }

  /** Stores any bytes as a dag-pb block. */
  public Cid dagPb(byte[] bytes, List<Cid> children, long size, boolean v0) {
    return store(Cid.Codec.DAG_PB, bytes, children, size, v0);
  }

  private Cid store(Cid.Codec codec, byte[] bytes, List<Cid> children, long size, boolean v0) {
    byte[] hash = sha256(bytes);
    Cid cid = Cid.of(codec, Multihash.of(0x12, hash, 0, hash.length));
    blocks.put(cid.multihash(), new Block(cid, bytes, children, size, v0));
    return cid;
  }

  /** Stores a file. */
  public Cid file(byte[] content, Shape shape) {
    List<Cid> leaves = new ArrayList<>();
    for (int at = 0; at < content.length || at == 0; at += shape.chunk()) {
      byte[] part = Arrays.copyOfRange(content, at, Math.min(content.length, at + shape.chunk()));
      leaves.add(shape.rawLeaves() ? raw(part) : fileNode(part, List.of(), shape.v0()));
    }
    if (shape.trickle()) {
      return trickle(leaves, new int[] {0}, 0, shape);
    }
    List<Cid> level = leaves;
    while (level.size() > 1) {
      List<Cid> above = new ArrayList<>();
      for (int at = 0; at < level.size(); at += shape.width()) {
        List<Cid> group = level.subList(at, Math.min(level.size(), at + shape.width()));
        above.add(fileNode(new byte[0], group, shape.v0()));
      }
      level = above;
    }
    return level.get(0);
  }

  private Cid trickle(List<Cid> leaves, int[] used, int depth, Shape shape) {
    List<Cid> links = new ArrayList<>();
    for (int i = 0; i < shape.width() && used[0] < leaves.size(); i++) {
      links.add(leaves.get(used[0]++));
    }
    for (int below = 0; below < (depth == 0 ? 20 : depth - 1); below++) {
      if (used[0] < leaves.size()) {
        links.add(trickle(leaves, used, below + 1, shape));
      }
    }
    return fileNode(new byte[0], links, shape.v0());
  }

  /** Stores an honest file node. */
  public Cid fileNode(byte[] data, List<Cid> links, boolean v0) {
    long[] sizes = links.stream().mapToLong(link -> get(link).size()).toArray();
    long total = data.length + Arrays.stream(sizes).sum();
    return dagPb(node(links, unixFs(FILE, data, total, sizes)), links, total, v0);
  }

  /** A dag-pb node with nameless links, and Data last. */
  public byte[] node(List<Cid> links, byte[] data) {
    Pb node = new Pb();
    for (Cid link : links) {
      node.bytes(2, new Pb().bytes(1, get(link).linkBytes()).bytes(2, new byte[0]).number(3, 7));
    }
    return node.bytes(1, data).toBytes();
  }

  /**
   * A UnixFS message.
   *
   * @param fileSize left out if negative
   */
  public static byte[] unixFs(int type, byte[] data, long fileSize, long... blockSizes) {
    Pb message = new Pb().number(1, type);
    if (data.length > 0) {
      message.bytes(2, data);
    }
    if (fileSize >= 0) {
      message.number(3, fileSize);
    }
    for (long size : blockSizes) {
      message.number(4, size);
    }
    return message.toBytes();
  }

  /** Stores a plain directory. */
  public Cid directory(Map<String, Cid> entries) {
    Pb node = new Pb();
    new TreeMap<>(entries).forEach((name, cid) -> node.bytes(2, link(name, cid)));
    return dagPb(node.bytes(1, unixFs(DIRECTORY, new byte[0], -1)).toBytes(), List.of(), 0, false);
  }

  /** A named link. */
  public Pb link(String name, Cid cid) {
    byte[] target = get(cid) == null ? cid.toBytes() : get(cid).linkBytes();
    return new Pb().bytes(1, target).bytes(2, name.getBytes(StandardCharsets.UTF_8)).number(3, 1);
  }

  /** Stores a sharded directory. */
  public Cid hamt(Map<String, Cid> entries, int fanout) {
    return shard(entries, fanout, 0);
  }

  private Cid shard(Map<String, Cid> entries, int fanout, int depth) {
    int width = Integer.numberOfTrailingZeros(fanout);
    TreeMap<Integer, Map<String, Cid>> slots = new TreeMap<>();
    entries.forEach(
        (name, cid) -> {
          long hash = Murmur3.hash64(name.getBytes(StandardCharsets.UTF_8));
          int slot = (int) (hash >>> (64 - width * (depth + 1)) & fanout - 1);
          slots.computeIfAbsent(slot, s -> new TreeMap<>()).put(name, cid);
        });
    byte[] bitfield = new byte[fanout / 8];
    Pb node = new Pb();
    List<Cid> shards = new ArrayList<>();
    int digits = Integer.toHexString(fanout - 1).length();
    for (Map.Entry<Integer, Map<String, Cid>> slot : slots.entrySet()) {
      int i = slot.getKey();
      bitfield[bitfield.length - 1 - i / 8] |= (byte) (1 << i % 8);
      String prefix = String.format("%0" + digits + "x", i).toUpperCase(Locale.ROOT);
      if (slot.getValue().size() == 1) {
        Map.Entry<String, Cid> only = slot.getValue().entrySet().iterator().next();
        node.bytes(2, link(prefix + only.getKey(), only.getValue()));
      } else {
        Cid below = shard(slot.getValue(), fanout, depth + 1);
        shards.add(below);
        node.bytes(2, link(prefix, below));
      }
    }
    return dagPb(node.bytes(1, hamtData(bitfield, 0x22, fanout)).toBytes(), shards, 0, false);
  }

  /** The UnixFS message of a shard; leading zeros of the bitfield are trimmed. */
  public static byte[] hamtData(byte[] bitfield, long hashType, long fanout) {
    int zeros = 0;
    while (zeros < bitfield.length && bitfield[zeros] == 0) {
      zeros++;
    }
    return new Pb()
        .number(1, HAMT)
        .bytes(2, Arrays.copyOfRange(bitfield, zeros, bitfield.length))
        .number(5, hashType)
        .number(6, fanout)
        .toBytes();
  }

  /** A CAR with a header without roots and these blocks. */
  public static byte[] car(List<Block> blocks) {
    ByteArrayOutputStream car = new ByteArrayOutputStream();
    car.writeBytes(carHeader());
    blocks.forEach(block -> car.writeBytes(section(block)));
    return car.toByteArray();
  }

  /** A header of version 1 without roots. */
  public static byte[] carHeader() {
    byte[] cbor = "\u00a2eroots\u0080gversion\u0001".getBytes(StandardCharsets.ISO_8859_1);
    return new Pb().varint(cbor.length).plain(cbor).toBytes();
  }

  /** A block as a section of a CAR. */
  public static byte[] section(Block block) {
    byte[] cid = block.linkBytes();
    return new Pb()
        .varint(cid.length + block.bytes().length)
        .plain(cid)
        .plain(block.bytes())
        .toBytes();
  }

  public static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Writes protobuf. */
  public static final class Pb {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    public Pb varint(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        out.write((int) (rest & 0x7f | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
      return this;
    }

    public Pb number(int field, long value) {
      return varint(field << 3).varint(value);
    }

    public Pb bytes(int field, byte[] value) {
      return varint(field << 3 | 2).varint(value.length).plain(value);
    }

    public Pb bytes(int field, Pb value) {
      return bytes(field, value.toBytes());
    }

    public Pb plain(byte[] value) {
      out.writeBytes(value);
      return this;
    }

    public byte[] toBytes() {
      return out.toByteArray();
    }
  }
}
