package dev.ipfstee.fetcher.archive;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** An archive in a file of this machine. The channel is the caller's to close. */
public final class LocalBytes implements ArchiveBytes {
  private static final int BUFFER = 256 << 10;

  private final FileChannel channel;
  private final long size;

  /**
   * @throws FetchException {@link Reason#IO_ERROR}
   */
  public LocalBytes(FileChannel channel) {
    this.channel = channel;
    try {
      this.size = channel.size();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** The same bytes on this machine. */
  public static LocalBytes of(ArchiveBytes bytes, Scratch scratch) {
    return bytes instanceof LocalBytes local
        ? local
        : scratch.file(sink -> bytes.read(0, bytes.size(), sink));
  }

  /** The file; reading it moves no position. */
  public FileChannel channel() {
    return channel;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void read(long from, long length, OutputStream sink) {
    byte[] buffer = new byte[(int) Math.min(BUFFER, Math.max(length, 1))];
    try {
      for (long done = 0; done < length; ) {
        int wanted = (int) Math.min(buffer.length, length - done);
        int count = channel.read(ByteBuffer.wrap(buffer, 0, wanted), from + done);
        if (count < 0) {
          throw new IOException("it became shorter while it was read");
        }
        sink.write(buffer, 0, count);
        done += count;
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** All of them from the start. */
  InputStream stream() {
    return stream(0, size);
  }

  /** A part of them. */
  InputStream stream(long from, long count) {
    long end = from + count;
    return new InputStream() {
      private long position = from;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        int left = (int) Math.min(length, end - position);
        if (left == 0 && length > 0) {
          return -1;
        }
        int read = channel.read(ByteBuffer.wrap(bytes, offset, left), position);
        position += Math.max(0, read);
        return read;
      }
    };
  }

  private static FetchException unreadable(IOException e) {
    return new FetchException(
        Reason.IO_ERROR, "failed to read the archive's file: " + e.getMessage(), e);
  }
}
