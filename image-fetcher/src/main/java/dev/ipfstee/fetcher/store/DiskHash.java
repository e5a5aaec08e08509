package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/**
 * Hashes blobs as they are on the disk. The page cache is passed by where the file system allows it
 * (O_DIRECT): a copy in memory says nothing about the disk, and reading everything once must not
 * drive out what is read often. For one thread.
 */
final class DiskHash {
  private static final int CHUNK = 1 << 20;

  /** O_DIRECT, by reflection: the compiler warns about the package, which is there to stay. */
  private static final Optional<OpenOption> DIRECT = direct();

  private final StoreLayout layout;
  private final Pace pace;
  private final LongAdder bytes;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(2 * CHUNK);

  /**
   * @param pace how fast to read
   * @param bytes counts what was read
   */
  DiskHash(StoreLayout layout, Pace pace, LongAdder bytes) {
    this.layout = layout;
    this.pace = pace;
    this.bytes = bytes;
  }

  /**
   * What is wrong with a blob, in words; empty when it is right. A file that can't be read through
   * is as bad as one with wrong bytes.
   *
   * @throws NoSuchFileException when it isn't there
   */
  private Optional<String> finding(Digest digest)
      throws ClosedByInterruptException, NoSuchFileException {
    try {
      String found = hash(digest);
      return found.equals(digest.hex())
          ? Optional.empty()
          : Optional.of("its content is " + digest.algorithm().label() + ":" + found);
    } catch (ClosedByInterruptException | NoSuchFileException over) {
      throw over;
    } catch (IOException unreadable) {
      return Optional.of("it can't be read: " + unreadable.getMessage());
    }
  }

  /**
   * A blob's file at one moment.
   *
   * @param state what the file system said of it
   * @param finding what is wrong with it, in words; empty as long as nothing is known to be
   */
  record Look(FileState state, Optional<String> finding) {}

  /**
   * Hashes a blob's file.
   *
   * @return empty when it was changed or replaced meanwhile: then the finding is of neither
   * @throws NoSuchFileException when it isn't there
   */
  Optional<Look> look(Digest digest) throws IOException {
    FileState before = FileState.of(layout.blob(digest));
    Look look = new Look(before, finding(digest));
    return before.equals(FileState.of(layout.blob(digest))) ? Optional.of(look) : Optional.empty();
  }

  private String hash(Digest digest) throws IOException {
    Path file = layout.blob(digest);
    MessageDigest hash = digest.algorithm().newHash();
    long done = directly(file, hash);
    if (done < 0) {
      hash.reset();
      try (FileChannel channel = DurableFiles.openForReading(file)) {
        read(channel, buffer.duplicate().limit(CHUNK).slice(), Long.MAX_VALUE, hash);
      }
    }
    return HexFormat.of().formatHex(hash.digest());
  }

  private static Optional<OpenOption> direct() {
    try {
      Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
      return Optional.of((OpenOption) options.getField("DIRECT").get(null));
    } catch (ReflectiveOperationException none) {
      return Optional.empty();
    }
  }

  /** How many bytes were hashed; -1 when that way is barred. */
  private long directly(Path file, MessageDigest hash) throws IOException {
    long block = Files.getFileStore(file).getBlockSize();
    if (DIRECT.isEmpty() || block < 1 || CHUNK % block != 0) {
      return -1;
    }
    try (FileChannel channel =
        FileChannel.open(
            file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS, DIRECT.get()))) {
      ByteBuffer aligned = buffer.duplicate().alignedSlice((int) block).limit(CHUNK);
      return read(channel, aligned, channel.size(), hash);
    } catch (NoSuchFileException gone) {
      throw gone;
    } catch (IOException | UnsupportedOperationException barred) {
      if (Thread.currentThread().isInterrupted()) {
        throw barred instanceof IOException interrupted ? interrupted : new IOException(barred);
      }
      return -1;
    }
  }

  private long read(FileChannel channel, ByteBuffer into, long size, MessageDigest hash)
      throws IOException {
    long done = 0;
    while (done < size) {
      int read = channel.read(into.clear().limit(CHUNK));
      if (read < 0) {
        break;
      }
      hash.update(into.flip());
      done += read;
      bytes.add(read);
      pace.take(read);
    }
    return done;
  }
}
