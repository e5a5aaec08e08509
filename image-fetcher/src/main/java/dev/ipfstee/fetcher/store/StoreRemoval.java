package dev.ipfstee.fetcher.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Removes what is in a store, and only from a directory that is one. The directory itself stays,
 * empty and closed, so that no fetch that still runs fills it again; {@link StorePreparation} opens
 * it. The mark of a store goes last: a removal that was cut short can be run again.
 */
public final class StoreRemoval {
  private static final String MARK = "oci-layout";

  /** What a store consists of, in the order in which it goes. */
  private static final List<String> ENTRIES = List.of("index.json", "blobs", "ingest", MARK);

  /** A volume of its own has it; it is the file system's. */
  private static final String LOST_AND_FOUND = "lost+found";

  private static final int MAX_MARK_BYTES = 1024;
  private static final Set<PosixFilePermission> OPEN = PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> CLOSED =
      PosixFilePermissions.fromString("r-x------");

  private final Path root;
  private long files;
  private long bytes;

  private StoreRemoval(Path root) {
    this.root = root;
  }

  /**
   * What was removed.
   *
   * @param files their number
   * @param bytes their sizes together
   */
  public record Result(long files, long bytes) {}

  /**
   * Removes the contents of a store. A directory that isn't there is as good as an empty one.
   *
   * @throws FetchException {@link Reason#STORE_CORRUPT} when the directory isn't a store; then
   *     nothing was removed. {@link Reason#IO_ERROR} when something can't be removed.
   */
  public static Result remove(Path directory) {
    StoreRemoval removal = new StoreRemoval(directory.toAbsolutePath().normalize());
    try {
      removal.run();
    } catch (IOException cause) {
      throw StoreErrors.of("remove the store", removal.root, cause);
    }
    return new Result(removal.files, removal.bytes);
  }

  private void run() throws IOException {
    if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
      throw refused("it is no directory");
    }
    // A fetch that runs meanwhile may put something new beside what was just removed, and so may
    // one
    // that ran when an earlier removal was cut short: only a store is ever closed.
    boolean known = Files.getPosixFilePermissions(root).equals(CLOSED);
    for (Set<String> entries = entries(); !entries.isEmpty(); entries = entries()) {
      check(entries, known);
      known = true;
      Files.setPosixFilePermissions(root, OPEN);
      for (String entry : ENTRIES) {
        removeTree(root.resolve(entry));
      }
      Files.setPosixFilePermissions(root, CLOSED);
    }
    Files.setPosixFilePermissions(root, CLOSED);
  }

  private Set<String> entries() throws IOException {
    Set<String> entries = new TreeSet<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(root)) {
      stream.forEach(entry -> entries.add(entry.getFileName().toString()));
    }
    entries.remove(LOST_AND_FOUND);
    return entries;
  }

  /**
   * @param known whether it was seen to be a store, and may have lost its mark since
   */
  private void check(Set<String> entries, boolean known) throws IOException {
    for (String entry : entries) {
      if (!ENTRIES.contains(entry)) {
        throw refused("'" + entry + "' doesn't belong to one");
      }
    }
    if (entries.contains(MARK)) {
      if (!marked()) {
        throw refused("its '" + MARK + "' isn't that of an OCI image layout");
      }
    } else if (!known && (entries.contains("index.json") || hasFiles(root.resolve("blobs")))) {
      throw refused("it has no '" + MARK + "'");
    }
  }

  private boolean marked() throws IOException {
    Path mark = root.resolve(MARK);
    if (!Files.isRegularFile(mark, LinkOption.NOFOLLOW_LINKS)
        || Files.size(mark) > MAX_MARK_BYTES) {
      return false;
    }
    try {
      return new ObjectMapper()
          .readTree(Files.readAllBytes(mark))
          .path("imageLayoutVersion")
          .isTextual();
    } catch (JsonProcessingException noJson) {
      return false;
    }
  }

  private static boolean hasFiles(Path directory) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return Files.exists(directory, LinkOption.NOFOLLOW_LINKS);
    }
    try (var tree = Files.walk(directory)) {
      return tree.anyMatch(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS));
    }
  }

  /** Symbolic links are removed, never followed. */
  private void removeTree(Path tree) throws IOException {
    if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (Files.deleteIfExists(file)) {
              files++;
              bytes += attributes.size();
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException cause) throws IOException {
            if (cause instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw cause;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException cause)
              throws IOException {
            if (cause != null) {
              throw cause;
            }
            try {
              Files.deleteIfExists(directory);
            } catch (DirectoryNotEmptyException filled) {
              // The next round takes it.
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private FetchException refused(String finding) {
    return new FetchException(
        Reason.STORE_CORRUPT,
        "failed to remove the store '"
            + root
            + "': "
            + finding
            + "; nothing was removed: give the directory that image-fetcher fetches into");
  }
}
