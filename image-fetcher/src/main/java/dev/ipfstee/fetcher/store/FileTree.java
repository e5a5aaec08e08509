package dev.ipfstee.fetcher.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;

/** Measures and removes directory trees by descriptor, so that no symbolic link is followed. */
final class FileTree {
  private FileTree() {}

  /**
   * What lies below a path.
   *
   * @param bytes the sum of the files' sizes
   * @param newest the latest change of any file or directory
   */
  record Extent(long bytes, FileTime newest) {
    Extent plus(Extent other) {
      return new Extent(
          bytes + other.bytes, newest.compareTo(other.newest) >= 0 ? newest : other.newest);
    }
  }

  static Extent measure(Path path) throws IOException {
    try (var parent = open(path.getParent())) {
      return measure(parent, path.getFileName());
    }
  }

  /** Removes a file or a directory with all that is in it; nothing there is success. */
  static void delete(Path path) throws IOException {
    try (var parent = open(path.getParent())) {
      delete(parent, path.getFileName());
    }
  }

  private static Extent measure(SecureDirectoryStream<Path> parent, Path name) throws IOException {
    BasicFileAttributes attributes = attributes(parent, name);
    Extent extent =
        new Extent(
            attributes.isRegularFile() ? attributes.size() : 0, attributes.lastModifiedTime());
    if (attributes.isDirectory()) {
      try (var directory = parent.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
        for (Path child : names(directory)) {
          try {
            extent = extent.plus(measure(directory, child));
          } catch (NoSuchFileException gone) {
            // Its owner has just removed it.
          }
        }
      }
    }
    return extent;
  }

  private static void delete(SecureDirectoryStream<Path> parent, Path name) throws IOException {
    try {
      if (!attributes(parent, name).isDirectory()) {
        parent.deleteFile(name);
        return;
      }
      try (var directory = parent.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
        for (Path child : names(directory)) {
          delete(directory, child);
        }
      }
      parent.deleteDirectory(name);
    } catch (NoSuchFileException gone) {
      // What was to be reached.
    }
  }

  private static BasicFileAttributes attributes(SecureDirectoryStream<Path> parent, Path name)
      throws IOException {
    return parent
        .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes();
  }

  private static List<Path> names(DirectoryStream<Path> directory) {
    List<Path> names = new ArrayList<>();
    directory.forEach(child -> names.add(child.getFileName()));
    return names;
  }

  @SuppressWarnings("StreamResourceLeak") // The caller closes what it gets.
  private static SecureDirectoryStream<Path> open(Path directory) throws IOException {
    DirectoryStream<Path> stream = Files.newDirectoryStream(directory);
    if (stream instanceof SecureDirectoryStream<Path> secure) {
      return secure;
    }
    stream.close();
    throw new IOException("no openat on this system");
  }
}
