package dev.ipfstee.fetcher.archive;

import dev.ipfstee.fetcher.ipfs.FileBytes;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;

/** An archive in a file of this machine. The channel is the caller's to close. */
public final class LocalBytes implements ArchiveBytes {
  private final FileBytes file;
  private final long size;

  /**
   * @throws FetchException {@link Reason#IO_ERROR}
   */
  public LocalBytes(FileChannel channel) {
    this.file = new FileBytes(channel);
    try {
      this.size = file.size();
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
    return file.channel();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void read(long from, long length, OutputStream sink) {
    try {
      file.copy(from, length, sink);
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
    return file.stream(from, count);
  }

  private static FetchException unreadable(IOException e) {
    return new FetchException(
        Reason.IO_ERROR, "failed to read the archive's file: " + e.getMessage(), e);
  }
}
