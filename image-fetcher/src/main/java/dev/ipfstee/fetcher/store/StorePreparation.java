package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes a store its owner's, as root with the capabilities CHOWN and FOWNER and no other: so it can
 * change what it can't look into. It goes from the leaves to the root, so that the root's owner is
 * right only when all is right, and it changes only what is wrong, so that a store in use isn't
 * disturbed.
 */
final class StorePreparation {
  private static final int OWNER_WRITES = 0200;

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  private final StoreOwner owner;
  private int changes;

  StorePreparation(StoreOwner owner) {
    this.owner = owner;
  }

  private record Entry(int uid, int gid, int links, boolean directory, boolean file, int mode) {
    static Entry of(Path path) throws IOException {
      Map<String, Object> unix =
          Files.readAttributes(
              path, "unix:uid,gid,nlink,mode,isDirectory,isRegularFile", LinkOption.NOFOLLOW_LINKS);
      return new Entry(
          (Integer) unix.get("uid"),
          (Integer) unix.get("gid"),
          (Integer) unix.get("nlink"),
          (Boolean) unix.get("isDirectory"),
          (Boolean) unix.get("isRegularFile"),
          (Integer) unix.get("mode") & 07777);
    }

    boolean belongsTo(StoreOwner owner) {
      return uid == owner.uid() && gid == owner.gid();
    }
  }

  /**
   * Prepares a store.
   *
   * @return how many entries were created or changed
   * @throws FetchException {@link Reason#STORE_CORRUPT} when a symbolic link or a file stands in
   *     the store's place, {@link Reason#IO_ERROR} when a permission is missing
   */
  int prepare(Path directory) {
    Path root = directory.toAbsolutePath().normalize();
    try {
      if (root.getParent() != null) {
        Files.createDirectories(root.getParent());
      }
      if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
        create(root);
      }
      Entry entry = Entry.of(root);
      if (!entry.directory()) {
        throw Files.isSymbolicLink(root)
            ? StoreErrors.symlink(root)
            : StoreErrors.corrupt(root, "expected a directory, found a file", "move it away");
      }
      repairDirectory(root, entry, true);
      return changes;
    } catch (AccessDeniedException denied) {
      throw notPermitted(denied.getFile(), denied);
    } catch (IOException cause) {
      if (String.valueOf(cause.getMessage()).contains("Operation not permitted")) {
        throw notPermitted(root.toString(), cause);
      }
      throw StoreErrors.of("prepare", root, cause);
    }
  }

  private FetchException notPermitted(String path, IOException cause) {
    return new FetchException(
        Reason.IO_ERROR,
        "failed to give '"
            + path
            + "' to "
            + owner
            + ": not permitted; run this as root with the capabilities CHOWN and FOWNER",
        cause);
  }

  private void create(Path directory) throws IOException {
    Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
    changes++;
  }

  /** The directory's children, then its mode, then its owner. */
  private void repairDirectory(Path directory, Entry entry, boolean isRoot) throws IOException {
    if (entry.belongsTo(owner) && entry.mode() == 0700 && !canList(directory)) {
      // Its owner's, and closed even to us: all below was made by the owner or repaired before.
      return;
    }
    if (!canList(directory)) {
      // Somebody else's, and closed: take it first. Nobody who should be in it is.
      changeOwner(directory, 0, entry.gid());
    }
    if ((entry.mode() & OWNER_WRITES) == 0 && Entry.of(directory).uid() == 0) {
      // Emptied and closed by an uninstall. It is given away only when all in it is.
      closeToOthers(directory);
    }
    if (isRoot) {
      StoreLayout layout = new StoreLayout(directory);
      for (Path needed : List.of(layout.ingest(), layout.blobs())) {
        if (!Files.exists(needed, LinkOption.NOFOLLOW_LINKS)) {
          create(needed);
        }
      }
    }
    for (Path child : children(directory)) {
      try {
        repair(child);
      } catch (NoSuchFileException gone) {
        // A fetch that runs meanwhile has removed it.
      }
    }
    if (Entry.of(directory).mode() != 0700) {
      closeToOthers(directory);
    }
    if (!Entry.of(directory).belongsTo(owner)) {
      changeOwner(directory, owner.uid(), owner.gid());
    }
  }

  private void repair(Path path) throws IOException {
    Entry entry = Entry.of(path);
    if (entry.directory()) {
      repairDirectory(path, entry, false);
    } else if (entry.file() && !entry.belongsTo(owner)) {
      if (entry.links() > 1) {
        // It has another name, perhaps outside of the store: that isn't ours to give away.
        throw StoreErrors.corrupt(
            path,
            "expected a file of "
                + owner
                + ", found one of "
                + entry.uid()
                + " with "
                + entry.links()
                + " hard links",
            "remove it and find out who made it");
      }
      changeOwner(path, owner.uid(), owner.gid());
    }
  }

  private static boolean canList(Path directory) throws IOException {
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      return stream != null && Files.isExecutable(directory);
    } catch (AccessDeniedException closed) {
      return false;
    }
  }

  private static List<Path> children(Path directory) throws IOException {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(children::add);
    } catch (NotDirectoryException replaced) {
      throw StoreErrors.corrupt(directory, "it was replaced while it was repaired", "look who");
    }
    return children;
  }

  /** lchown: of a symbolic link that was put there meanwhile, the link itself. */
  private void changeOwner(Path path, int uid, int gid) throws IOException {
    Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
    Files.setAttribute(path, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
    changes++;
  }

  /** fchmod on a descriptor that is no symbolic link's. */
  private void closeToOthers(Path directory) throws IOException {
    Files.getFileAttributeView(directory, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setPermissions(PRIVATE);
    changes++;
  }
}
