package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Writes files and directories as a CAR of version 1 in the profile {@code unixfs-v1-2025}: the
 * same content is the same bytes and the same CID, that of {@code ipfs add} with these settings.
 * The file gets its name when it is complete. Every failure is a {@link FetchException} with {@link
 * Reason#IO_ERROR}, unless a method says more. Not thread-safe.
 */
public final class CarWriter implements AutoCloseable {
  /** A directory whose one block would have more bytes is sharded. */
  private static final int MAX_DIRECTORY = 256 << 10;

  private static final byte[] ROOTS = "\u00a2eroots".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] VERSION = "gversion\u0001".getBytes(StandardCharsets.ISO_8859_1);

  /** What a name in a directory stands for. */
  public static final class Node {
    private final FileDag.Link link;

    private Node(FileDag.Link link) {
      this.link = link;
    }

    public Cid cid() {
      return link.cid();
    }
  }

  /** Writes the bytes of a file. */
  public interface Content {
    void to(OutputStream sink) throws IOException;
  }

  private final Path target;
  private final Path partial;
  private final FileChannel channel;
  private final BlockEncoder encoder = new BlockEncoder(false);
  private boolean finished;

  /**
   * @param target the file, replaced if it is there
   */
  public CarWriter(Path target) {
    this.target = target.toAbsolutePath();
    this.partial = this.target.resolveSibling(target.getFileName() + ".partial");
    try {
      channel =
          FileChannel.open(
              partial,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
      // The root is known last, and its length first.
      write(header(Cid.parse("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")));
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Adds a file; what its content throws passes through. */
  public Node file(Content content) {
    FileDag dag = new FileDag(AddProfile.UNIXFS_V1, this::section);
    try {
      content.to(dag);
      return new Node(dag.finish());
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Adds a directory; one whose block would have more than 256 KiB is sharded. */
  public Node directory(SortedMap<String, Node> entries) {
    SortedMap<String, FileDag.Link> links = new TreeMap<>();
    entries.forEach((name, node) -> links.put(name, node.link));
    byte[] block = encoder.directory(links);
    try {
      if (block.length > MAX_DIRECTORY) {
        return new Node(new HamtDag(encoder, this::section).write(links));
      }
      Cid cid = encoder.cid(Cid.Codec.DAG_PB, block, block.length);
      section(cid, block, block.length);
      long below = links.values().stream().mapToLong(FileDag.Link::dagSize).sum();
      return new Node(new FileDag.Link(cid, 0, below + block.length));
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Makes the file complete, durable and visible. */
  public void finish(Node root) {
    try {
      ByteBuffer header = ByteBuffer.wrap(header(root.cid()));
      while (header.hasRemaining()) {
        channel.write(header, header.position());
      }
      channel.force(true);
      channel.close();
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      finished = true;
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private void section(Cid cid, byte[] bytes, int length) throws IOException {
    byte[] binary = cid.toBytes();
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    BlockEncoder.varint(head, binary.length + (long) length);
    head.writeBytes(binary);
    write(head.toByteArray());
    ByteBuffer block = ByteBuffer.wrap(bytes, 0, length);
    while (block.hasRemaining()) {
      channel.write(block);
    }
  }

  private void write(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /** Always as long, as every root is a CIDv1 with sha2-256. */
  private static byte[] header(Cid root) {
    byte[] cid = root.toBytes();
    ByteArrayOutputStream cbor = new ByteArrayOutputStream();
    cbor.writeBytes(ROOTS);
    cbor.writeBytes(new byte[] {(byte) 0x81, (byte) 0xd8, 42, 0x58, (byte) (cid.length + 1), 0});
    cbor.writeBytes(cid);
    cbor.writeBytes(VERSION);
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    BlockEncoder.varint(header, cbor.size());
    header.writeBytes(cbor.toByteArray());
    return header.toByteArray();
  }

  private FetchException failed(IOException e) {
    return new FetchException(
        Reason.IO_ERROR,
        "failed to write '" + Text.printable(target.toString()) + "': " + e.getMessage(),
        e);
  }

  /** Removes what isn't complete. */
  @Override
  public void close() {
    try {
      channel.close();
      if (!finished) {
        Files.deleteIfExists(partial);
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }
}
