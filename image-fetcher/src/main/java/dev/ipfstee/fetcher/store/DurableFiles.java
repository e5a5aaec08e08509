package dev.ipfstee.fetcher.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** File operations that survive a power loss and never go through a symbolic link. */
final class DurableFiles {
  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private DurableFiles() {}

  /** Creates a file that must not exist, for its owner only. */
  static FileChannel createNew(Path file) throws IOException {
    return FileChannel.open(
        file,
        Set.of(
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS),
        PRIVATE_FILE);
  }

  /** Opens a file for locking, and creates it for its owner only where it is missing. */
  static FileChannel openOrCreate(Path file) throws IOException {
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
        PRIVATE_FILE);
  }

  /** Opens a file that must exist, for reading and writing. */
  static FileChannel open(Path file) throws IOException {
    return FileChannel.open(
        file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
  }

  static FileChannel openForReading(Path file) throws IOException {
    return FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
  }

  /** Makes sure that a directory is there, is one, and is no symbolic link. */
  static void ensureDirectory(Path directory) throws IOException {
    try {
      Files.createDirectory(directory, PRIVATE_DIRECTORY);
      syncDirectory(directory.getParent());
    } catch (FileAlreadyExistsException there) {
      if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        throw Files.isSymbolicLink(directory)
            ? StoreErrors.symlink(directory)
            : StoreErrors.corrupt(
                directory, "expected a directory, found something else", "move it away");
      }
    }
  }

  /** Replaces {@code target} by a file with these bytes, at once or not at all, and for good. */
  static void replace(Path temporary, Path target, byte[] content) throws IOException {
    replace(temporary, target, content, true);
    syncDirectory(target.getParent());
  }

  /** Like {@link #replace} for content that may be lost with the power: readers see no half. */
  static void replaceQuickly(Path temporary, Path target, byte[] content) throws IOException {
    replace(temporary, target, content, false);
  }

  private static void replace(Path temporary, Path target, byte[] content, boolean durable)
      throws IOException {
    try {
      try (FileChannel channel = createNew(temporary)) {
        ByteBuffer bytes = ByteBuffer.wrap(content);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        if (durable) {
          channel.force(true);
        }
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** Makes a file's content durable, whoever wrote it. */
  static void syncFile(Path file) throws IOException {
    try (FileChannel channel = openForReading(file)) {
      channel.force(true);
    }
  }

  /** Makes names in a directory durable. */
  static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
