package dev.ipfstee.fetcher.archive;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * Files of one run without a name: the space is free again when the run ends, however it ends. All
 * of them together are bounded.
 */
public final class Scratch implements AutoCloseable {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Supplier<Path> names;
  private final IntConsumer spend;
  private final long maxBytes;
  private final List<FileChannel> channels = new ArrayList<>();
  private long written;

  /**
   * @param names paths that don't exist
   * @param spend is told before bytes are written, and may refuse
   * @param maxBytes the most that may be written in all
   */
  public Scratch(Supplier<Path> names, IntConsumer spend, long maxBytes) {
    this.names = names;
    this.spend = spend;
    this.maxBytes = maxBytes;
  }

  /** In the directory for temporary files. */
  public static Scratch temporary(long maxBytes) {
    return new Scratch(Scratch::temporaryName, bytes -> {}, maxBytes);
  }

  /** Nobody can be there before us: the file is made only where nothing is. */
  private static Path temporaryName() {
    return Path.of(System.getProperty("java.io.tmpdir"))
        .resolve("image-fetcher-%016x".formatted(RANDOM.nextLong()));
  }

  /** Writes a file. */
  interface Writing {
    void to(OutputStream sink) throws IOException;
  }

  /**
   * Makes a file.
   *
   * @throws FetchException {@link Reason#IMAGE_TOO_LARGE} above the bound, {@link
   *     Reason#DISK_FULL}, {@link Reason#IO_ERROR}, {@link Reason#MALFORMED_ARCHIVE} for any {@link
   *     IOException} of the writing itself
   */
  LocalBytes file(Writing writing) {
    FileChannel channel;
    Path name = names.get();
    try {
      channel =
          FileChannel.open(
              name,
              Set.of(
                  StandardOpenOption.CREATE_NEW,
                  StandardOpenOption.READ,
                  StandardOpenOption.WRITE,
                  LinkOption.NOFOLLOW_LINKS));
      channels.add(channel);
      Files.delete(name);
    } catch (IOException e) {
      throw failed(e);
    }
    try {
      writing.to(new Sink(channel));
    } catch (IOException e) {
      throw TarArchive.malformed(e.getMessage(), e);
    }
    return new LocalBytes(channel);
  }

  /** The most that may be written in all. */
  public long maxBytes() {
    return maxBytes;
  }

  @Override
  public void close() {
    for (FileChannel channel : channels) {
      try {
        channel.close();
      } catch (IOException e) {
        throw failed(e);
      }
    }
  }

  private static FetchException failed(IOException e) {
    return new FetchException(
        Reason.IO_ERROR, "failed to write an archive aside: " + e.getMessage(), e);
  }

  private final class Sink extends OutputStream {
    private final FileChannel channel;

    Sink(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public void write(int value) {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      written += length;
      if (written > maxBytes) {
        throw new FetchException(
            Reason.IMAGE_TOO_LARGE,
            "failed to unpack the archive: it has more than "
                + maxBytes
                + " bytes; raise --max-bytes or publish the image as a layout directory");
      }
      spend.accept(length);
      try {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      } catch (IOException e) {
        throw failed(e);
      }
    }
  }
}
