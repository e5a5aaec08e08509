package dev.ipfstee.fetcher.ipfs;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Parts of a file of this machine, read by position: no reader moves another's. The channel is the
 * caller's to close. Thread-safe.
 */
public record FileBytes(FileChannel channel) {
  private static final int BUFFER = 1 << 20;

  /** How many there are. */
  public long size() throws IOException {
    return channel.size();
  }

  /**
   * Writes a part to {@code sink}, whose refusals pass through.
   *
   * @throws IOException also when the file ends before the part does
   * @throws dev.ipfstee.fetcher.report.FetchException when the thread is interrupted
   */
  public void copy(long from, long length, OutputStream sink) throws IOException {
    byte[] buffer = new byte[(int) Math.max(1, Math.min(BUFFER, length))];
    for (long done = 0; done < length; ) {
      if (Thread.currentThread().isInterrupted()) {
        throw RunControl.cancelled();
      }
      int wanted = (int) Math.min(buffer.length, length - done);
      int count = channel.read(ByteBuffer.wrap(buffer, 0, wanted), from + done);
      if (count < 0) {
        throw shorter();
      }
      sink.write(buffer, 0, count);
      done += count;
    }
  }

  /**
   * A small part, in memory.
   *
   * @throws IOException also when the file ends before the part does
   */
  byte[] read(long from, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, from + bytes.position()) < 0) {
        throw shorter();
      }
    }
    return bytes.array();
  }

  private static IOException shorter() {
    return new IOException("it became shorter while it was read");
  }

  /** A part, as a stream that ends where the part does, or the file if that is sooner. */
  public InputStream stream(long from, long length) {
    long end = from + length;
    return new InputStream() {
      private long position = from;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int wanted) throws IOException {
        int left = (int) Math.min(wanted, end - position);
        if (left == 0 && wanted > 0) {
          return -1;
        }
        int count = channel.read(ByteBuffer.wrap(bytes, offset, left), position);
        position += Math.max(0, count);
        return count;
      }
    };
  }
}
