package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Content in a CAR on this machine, of version 1 or 2. All its blocks are checked when it is
 * opened, and each again when it is read; the index of version 2 is not looked at, as anybody can
 * write one.
 *
 * @see <a href="https://ipld.io/specs/transport/car/carv2/">CARv2 specification</a>
 */
public final class CarFile extends UnixFsContent {
  /** Each takes some 150 bytes of heap; with blocks of 256 KiB they are 50 GiB. */
  private static final int MAX_BLOCKS = 200_000;

  private static final byte[] PRAGMA_V2 = {
    0x0a, (byte) 0xa1, 0x67, 'v', 'e', 'r', 's', 'i', 'o', 'n', 0x02
  };
  private static final int HEADER_V2 = PRAGMA_V2.length + 40;
  private static final int DATA_OFFSET = PRAGMA_V2.length + 16;

  private record Place(long offset, int length) {}

  private final FileBytes file;
  private final Map<Multihash, Place> blocks = new HashMap<>();
  private List<Cid> roots = List.of();

  private CarFile(FileChannel channel) {
    this.file = new FileBytes(channel);
  }

  /**
   * Opens a CAR. The channel stays the caller's.
   *
   * @throws FetchException {@link Reason#MALFORMED_CAR}, {@link Reason#BLOCK_MISMATCH}, {@link
   *     Reason#BLOCK_TOO_LARGE}, {@link Reason#DAG_TOO_LARGE}, {@link Reason#IO_ERROR}
   */
  public static CarFile open(FileChannel channel) {
    CarFile car = new CarFile(channel);
    try {
      car.index();
    } catch (CarException e) {
      throw new FetchException(
          e.kind() == CarException.Kind.OVERSIZED ? Reason.BLOCK_TOO_LARGE : Reason.MALFORMED_CAR,
          "failed to read the CAR: " + e.getMessage() + "; export it again",
          e);
    } catch (IOException e) {
      throw unreadable(e);
    }
    return car;
  }

  private void index() throws IOException, CarException {
    long start = 0;
    long end = file.size();
    byte[] head = file.read(0, (int) Math.min(HEADER_V2, end));
    if (head.length >= PRAGMA_V2.length
        && Arrays.equals(head, 0, PRAGMA_V2.length, PRAGMA_V2, 0, PRAGMA_V2.length)) {
      if (head.length < HEADER_V2) {
        throw malformed("its header of version 2 is cut off");
      }
      ByteBuffer fields = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
      start = fields.getLong(DATA_OFFSET);
      long size = fields.getLong(DATA_OFFSET + 8);
      if (start < HEADER_V2 || size < 0 || start > end || size > end - start) {
        throw malformed("its header of version 2 says that its data lies outside of it");
      }
      end = start + size;
    }
    CarReader reader = new CarReader(file.stream(start, end - start));
    reader.readHeader();
    roots = reader.roots();
    BlockHasher hasher = new BlockHasher();
    while (reader.next()) {
      add(reader, start, hasher);
    }
  }

  private void add(CarReader reader, long start, BlockHasher hasher) {
    Cid cid = reader.cid();
    if (cid == null) {
      return; // Of a kind that no file or directory is made of.
    }
    if (!hasher.matches(
        cid.multihash(), reader.buffer(), reader.blockOffset(), reader.blockLength())) {
      throw new FetchException(
          Reason.BLOCK_MISMATCH,
          "failed to verify block " + cid + ": the CAR has other bytes for it");
    }
    blocks.put(cid.multihash(), new Place(start + reader.blockPosition(), reader.blockLength()));
    if (blocks.size() > MAX_BLOCKS) {
      throw new FetchException(
          Reason.DAG_TOO_LARGE,
          "failed to read the CAR: it has more than " + MAX_BLOCKS + " blocks");
    }
  }

  /** The roots that its header names: only a hint at what it was made for. */
  public List<Cid> roots() {
    return roots;
  }

  /** Whether it has the block of this CID. */
  public boolean has(Cid cid) {
    return cid.isIdentity() || blocks.containsKey(cid.multihash());
  }

  @Override
  byte[] block(Cid cid) {
    if (cid.isIdentity()) {
      return cid.multihash().digest();
    }
    if (Thread.currentThread().isInterrupted()) {
      throw RunControl.cancelled();
    }
    Place place = blocks.get(cid.multihash());
    if (place == null) {
      throw new FetchException(
          Reason.BLOB_MISSING,
          "failed to read block " + cid + ": the CAR lacks it; export the complete content");
    }
    byte[] bytes;
    try {
      bytes = file.read(place.offset(), place.length());
    } catch (IOException e) {
      throw unreadable(e);
    }
    if (!new BlockHasher().matches(cid.multihash(), bytes, 0, bytes.length)) {
      throw new FetchException(
          Reason.BLOCK_MISMATCH,
          "failed to verify block " + cid + ": the CAR was changed meanwhile");
    }
    return bytes;
  }

  @Override
  void fetch(DagWalk walk, DagWalk.Stretch whole) {
    for (Cid next = walk.next(); next != null; next = walk.next()) {
      byte[] block = block(next);
      walk.accept(block, 0, block.length);
    }
  }

  @Override
  public void read(FilePart part, OutputStream sink) {
    fetch(new FileWalk(part, limits, sink), DagWalk.Stretch.all(part.file()));
  }

  @Override
  public boolean hasParts() {
    return false;
  }

  @Override
  public Optional<PlainBytes> readPlain(FilePart part, OutputStream sink) {
    return Optional.empty();
  }

  @Override
  public List<SourceUse> sources() {
    return List.of();
  }

  @Override
  public void close() {
    // The channel is the caller's; a read under way ends when its thread is interrupted.
  }

  private static CarException malformed(String cause) {
    return new CarException(CarException.Kind.MALFORMED, cause);
  }

  private static FetchException unreadable(IOException e) {
    return new FetchException(Reason.IO_ERROR, "failed to read the CAR: " + e.getMessage(), e);
  }
}
