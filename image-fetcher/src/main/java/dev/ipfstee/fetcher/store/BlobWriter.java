package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Takes a blob's bytes into {@code ingest/} and hashes them on the way. Only {@link #commit()}
 * makes them a blob; {@link #close()} without it leaves nothing behind. For one thread at a time,
 * but for {@link #writeAt} and {@link #hashTo}, by which several write one blob. Every failure is a
 * {@link FetchException}; no method throws an {@link IOException}.
 */
public final class BlobWriter extends OutputStream {
  /** Small writes are gathered up to this size; larger ones go to the kernel in such pieces. */
  private static final int CHUNK = 256 << 10;

  private final BlobStore store;
  private final Digest digest;
  private final long size;
  private final Path temporary;
  private final FileChannel channel;
  private final Writeback writeback;
  private final MessageDigest hash;
  private byte[] gathered;
  private int gatheredLength;
  private final ReentrantLock hashing = new ReentrantLock();
  private volatile long written;
  private boolean closed;

  /**
   * @param channel of that file, which has some of the bytes already or none
   */
  BlobWriter(BlobStore store, Digest digest, long size, Path temporary, FileChannel channel) {
    this.store = store;
    this.digest = digest;
    this.size = size;
    this.temporary = temporary;
    this.hash = digest.algorithm().newHash();
    this.channel = channel;
    this.writeback = new Writeback(() -> channel.force(true));
  }

  /**
   * How many bytes of a part a run that is dead has written: what is missing is behind them.
   *
   * @param from where the part begins, as {@link BlobParts} cuts the blob
   * @param to the first byte behind it
   */
  public long kept(long from, long to) {
    try {
      return BlobParts.kept(channel, from, to);
    } catch (IOException cause) {
      throw StoreErrors.of("read", temporary, cause);
    }
  }

  /** How many bytes, from the first on, have been taken and hashed so far. */
  public long written() {
    return written;
  }

  @Override
  public void write(int value) {
    write(new byte[] {(byte) value}, 0, 1);
  }

  /**
   * Takes more bytes.
   *
   * @throws FetchException {@link Reason#SIZE_MISMATCH} as soon as they are more than announced,
   *     {@link Reason#DISK_FULL}, {@link Reason#IO_ERROR}, {@link Reason#CANCELLED} when the thread
   *     is interrupted
   */
  @Override
  public void write(byte[] bytes, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (closed) {
      throw new IllegalStateException("this writer is closed");
    }
    long before = written;
    if (length > size - before) {
      throw new FetchException(
          Reason.SIZE_MISMATCH,
          "failed to store blob " + digest + ": expected " + size + " bytes, found more");
    }
    hash.update(bytes, offset, length);
    written = before + length;
    if (length <= CHUNK - gatheredLength && length < CHUNK / 2) {
      gather(bytes, offset, length);
    } else {
      flushGathered();
      for (int done = 0; done < length; done += CHUNK) {
        writeOut(bytes, offset + done, Math.min(CHUNK, length - done));
      }
    }
  }

  /**
   * Takes bytes at their place, which no other call writes. They are hashed at once if all before
   * them were, else by {@link #hashTo}. Thread-safe; not to be mixed with {@link #write}.
   *
   * @param position where the first of them belongs; none belongs behind the blob's end
   * @throws FetchException as {@link #write}
   */
  public void writeAt(long position, byte[] bytes, int offset, int length) {
    Objects.checkFromIndexSize(position, length, size);
    try {
      for (int done = 0; done < length; done += CHUNK) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset + done, Math.min(CHUNK, length - done));
        for (long at = position + done; buffer.hasRemaining(); ) {
          at += channel.write(buffer, at);
        }
      }
      writeback.wrote(length);
    } catch (IOException cause) {
      throw StoreErrors.of("write", temporary, cause);
    }
    if (position == written && hashing.tryLock()) {
      try {
        if (position == written) {
          hash.update(bytes, offset, length);
          written = position + length;
        }
      } finally {
        hashing.unlock();
      }
    }
  }

  /**
   * Hashes what was written up to a place, by reading it back; nothing if another thread is about
   * it, who may stop sooner. Thread-safe.
   *
   * @param end all bytes before it were written
   * @throws FetchException {@link Reason#IO_ERROR}, {@link Reason#CANCELLED}
   */
  public void hashTo(long end) {
    if (written >= end || !hashing.tryLock()) {
      return;
    }
    try {
      long done = written;
      ByteBuffer buffer = ByteBuffer.allocate(Math.clamp(end - done, 0, CHUNK));
      while (done < end) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), end - done));
        int count = channel.read(buffer, done);
        if (count < 0) {
          throw new IOException("it became shorter while it was written");
        }
        hash.update(buffer.flip());
        done += count;
        written = done;
      }
    } catch (IOException cause) {
      throw StoreErrors.of("read", temporary, cause);
    } finally {
      hashing.unlock();
    }
  }

  private void gather(byte[] bytes, int offset, int length) {
    if (gathered == null) {
      gathered = new byte[(int) Math.min(CHUNK, size)];
    }
    System.arraycopy(bytes, offset, gathered, gatheredLength, length);
    gatheredLength += length;
  }

  private void flushGathered() {
    writeOut(gathered, 0, gatheredLength);
    gatheredLength = 0;
  }

  /** Hands to the kernel what was taken, so that {@link #file()} has it. */
  @Override
  public void flush() {
    if (gatheredLength > 0) {
      flushGathered();
    }
  }

  /**
   * Where the bytes are meanwhile, for who wants to read them before they are verified; as long as
   * this is neither committed nor closed.
   */
  public Path file() {
    return temporary;
  }

  private void writeOut(byte[] bytes, int offset, int length) {
    if (length == 0) {
      return;
    }
    try {
      ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      writeback.wrote(length);
    } catch (IOException cause) {
      throw StoreErrors.of("write", temporary, cause);
    }
  }

  /**
   * Checks size and digest, makes the bytes durable and gives them their place among the blobs.
   * That another process has done so meanwhile is success.
   *
   * @throws FetchException {@link Reason#SIZE_MISMATCH}, {@link Reason#DIGEST_MISMATCH}, {@link
   *     Reason#DISK_FULL}, {@link Reason#STORE_CORRUPT}, {@link Reason#IO_ERROR}
   */
  public void commit() {
    if (closed) {
      throw new IllegalStateException("this writer is closed");
    }
    if (written != size) {
      throw new FetchException(
          Reason.SIZE_MISMATCH,
          "failed to store blob " + digest + ": expected " + size + " bytes, found " + written);
    }
    String actual = HexFormat.of().formatHex(hash.digest());
    if (!actual.equals(digest.hex())) {
      throw new FetchException(
          Reason.DIGEST_MISMATCH,
          "failed to store blob: expected "
              + digest
              + ", found "
              + digest.algorithm().label()
              + ":"
              + actual
              + " ("
              + size
              + " bytes); the publisher must publish the image again");
    }
    flushGathered();
    try {
      writeback.finish();
      channel.close();
      store.publish(temporary, digest);
      closed = true;
    } catch (IOException cause) {
      throw StoreErrors.of("store", temporary, cause);
    }
  }

  /**
   * Closes, but leaves what was written for a later run: its bytes are as right as can be known,
   * only the rest couldn't be had. Nothing if this is closed.
   */
  public void leave() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      channel.close();
    } catch (IOException cause) {
      throw StoreErrors.of("close", temporary, cause);
    }
  }

  /** Drops what was written, unless it was committed. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    leave();
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException cause) {
      throw StoreErrors.of("remove", temporary, cause);
    }
  }
}
