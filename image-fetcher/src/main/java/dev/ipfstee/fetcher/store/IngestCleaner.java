package dev.ipfstee.fetcher.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Keeps {@code ingest/} bounded. What a dead run of this program left goes at once, unless it had
 * begun a blob that the next fetch may go on with; that and anything else, quarantine included,
 * stays for a day and within a byte budget, the newest first.
 */
final class IngestCleaner {
  private final StoreLayout layout;
  private final StoreOptions options;

  IngestCleaner(StoreLayout layout, StoreOptions options) {
    this.layout = layout;
    this.options = options;
  }

  private record Leftover(Path path, FileTree.Extent extent) {}

  /** Cleans up. The caller holds the store's lock. */
  void clean() throws IOException {
    List<Leftover> leftovers = new ArrayList<>();
    for (Path entry : children(layout.ingest())) {
      if (entry.equals(layout.lock()) || entry.equals(layout.quarantine())) {
        continue;
      }
      String name = entry.getFileName().toString();
      boolean directory = Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS);
      if (directory && name.startsWith(IngestSession.RUN)) {
        if (IngestSession.isDead(entry)) {
          if (IngestLeftovers.isAnyIn(entry, layout)) {
            addTo(leftovers, entry);
          } else {
            FileTree.delete(entry);
          }
        }
      } else if (directory && name.startsWith(IngestSession.ENDED)) {
        FileTree.delete(entry);
      } else {
        addTo(leftovers, entry);
      }
    }
    for (Path entry : children(layout.quarantine())) {
      addTo(leftovers, entry);
    }
    leftovers.sort(Comparator.comparing((Leftover left) -> left.extent().newest()).reversed());
    Instant oldest = Instant.now().minus(options.leftoverAge());
    long kept = 0;
    for (Leftover leftover : leftovers) {
      kept += leftover.extent().bytes();
      if (kept > options.leftoverBytes()
          || leftover.extent().newest().toInstant().isBefore(oldest)) {
        FileTree.delete(leftover.path());
      }
    }
  }

  private static void addTo(List<Leftover> leftovers, Path entry) throws IOException {
    try {
      leftovers.add(new Leftover(entry, FileTree.measure(entry)));
    } catch (NoSuchFileException gone) {
      // Its owner has just removed it.
    }
  }

  /** What is in a directory; nothing if it is none. */
  static List<Path> children(Path directory) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return List.of();
    }
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(children::add);
    }
    return children;
  }
}
