package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Turns what the operating system says into a typed failure that tells what to do. */
final class StoreErrors {
  private StoreErrors() {}

  /**
   * The failure behind an {@link IOException}.
   *
   * @param action what was tried, as in "write" or "list"
   * @param path what it was tried on
   */
  static FetchException of(String action, Path path, IOException cause) {
    String what = "failed to " + action + " '" + path + "': ";
    if (cause instanceof ClosedByInterruptException) {
      return new FetchException(Reason.CANCELLED, what + "interrupted", cause);
    }
    String text = reasonOf(cause);
    if (text.contains("No space left on device") || text.contains("Disk quota exceeded")) {
      return new FetchException(
          Reason.DISK_FULL,
          what + text + space(path) + "; free space on the volume, or give the store a larger one",
          cause);
    }
    if (cause instanceof AccessDeniedException) {
      return new FetchException(
          Reason.IO_ERROR,
          what
              + "permission denied; the store must belong to the user that runs this ("
              + "image-fetcher prepare-store --owner UID:GID gives it away)",
          cause);
    }
    if (text.contains("Read-only file system")) {
      return new FetchException(
          Reason.IO_ERROR, what + text + "; mount the store's volume writable", cause);
    }
    if (text.contains("Too many levels of symbolic links")) {
      return symlink(path);
    }
    return new FetchException(Reason.IO_ERROR, what + text, cause);
  }

  /** A symbolic link stands where the store keeps its own files. */
  static FetchException symlink(Path path) {
    return corrupt(
        path,
        "expected a regular file or directory, found a symbolic link",
        "remove the link and find out who made it");
  }

  static FetchException corrupt(Path path, String finding, String remedy) {
    return new FetchException(
        Reason.STORE_CORRUPT, "failed to use '" + path + "': " + finding + "; " + remedy);
  }

  static FetchException otherSize(Digest digest, long expected, long found) {
    return new FetchException(
        Reason.SIZE_MISMATCH,
        "failed to accept blob '"
            + digest
            + "': its descriptor says "
            + expected
            + " bytes, the store has it with "
            + found
            + "; the publisher must publish the image again");
  }

  private static String reasonOf(IOException cause) {
    if (cause instanceof FileSystemException system && system.getReason() != null) {
      return system.getReason();
    }
    return cause.getMessage() == null
        ? cause.getClass().getSimpleName()
        : cause.getClass().getSimpleName() + " " + cause.getMessage();
  }

  private static String space(Path path) {
    Path existing = path;
    while (existing != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    if (existing == null) {
      return "";
    }
    try {
      var volume = Files.getFileStore(existing);
      return " (" + volume.getUsableSpace() + " of " + volume.getTotalSpace() + " bytes usable)";
    } catch (IOException unknown) {
      return "";
    }
  }
}
