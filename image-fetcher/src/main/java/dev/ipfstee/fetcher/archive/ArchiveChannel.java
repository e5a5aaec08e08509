package dev.ipfstee.fetcher.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/**
 * Lets a tar reader see an archive, but no more bytes of it than headers need: whatever it would
 * hold in memory is bounded by that.
 */
final class ArchiveChannel implements SeekableByteChannel {
  private static final int WINDOW = 64 << 10;

  private final ArchiveBytes bytes;
  private final long budget;
  private long position;
  private long handedOut;
  private long windowStart;
  private byte[] window = new byte[0];

  ArchiveChannel(ArchiveBytes bytes, long budget) {
    this.bytes = bytes;
    this.budget = budget;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (position >= bytes.size()) {
      return -1;
    }
    if (position < windowStart || position >= windowStart + window.length) {
      windowStart = position;
      window = bytes.read(position, WINDOW);
    }
    int offset = (int) (position - windowStart);
    int count = Math.min(target.remaining(), window.length - offset);
    handedOut += count;
    if (handedOut > budget) {
      throw new IOException("its headers have more than " + budget + " bytes");
    }
    target.put(window, offset, count);
    position += count;
    return count;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public SeekableByteChannel position(long newPosition) {
    position = newPosition;
    return this;
  }

  @Override
  public long size() {
    return bytes.size();
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {
    // The bytes are the caller's.
  }

  @Override
  public int write(ByteBuffer source) {
    throw new NonWritableChannelException();
  }

  @Override
  public SeekableByteChannel truncate(long size) {
    throw new NonWritableChannelException();
  }
}
