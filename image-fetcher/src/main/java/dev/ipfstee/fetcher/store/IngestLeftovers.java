package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The blobs that dead runs had begun, which a run that needs them goes on with. They are taken
 * under the store's lock, so that no two runs take the same. Thread-safe.
 */
public final class IngestLeftovers {
  /** Less is fetched anew: it costs a request or two. */
  static final long WORTH = 2 << 20;

  private static final Pattern NAME = Pattern.compile("([a-z0-9]+)-([0-9a-f]+)\\.[0-9]+");

  private final BlobStore store;
  private final StoreLayout layout;
  private final Map<Digest, Path> taken = new ConcurrentHashMap<>();

  IngestLeftovers(BlobStore store, StoreLayout layout) {
    this.store = store;
    this.layout = layout;
  }

  /** What the file of a blob is called while it is written, but for its number. */
  static String name(Digest digest) {
    return digest.algorithm().label() + "-" + digest.hex();
  }

  private record Begun(Path file, Digest digest, long size) {}

  /** Whether a run had begun a blob that is worth going on with, and isn't stored meanwhile. */
  static boolean isAnyIn(Path run, StoreLayout layout) throws IOException {
    return begun(run).stream()
        .anyMatch(blob -> !Files.exists(layout.blob(blob.digest()), LinkOption.NOFOLLOW_LINKS));
  }

  private static List<Begun> begun(Path run) throws IOException {
    List<Begun> begun = new ArrayList<>();
    for (Path file : IngestCleaner.children(run)) {
      Optional<Digest> digest = digest(file);
      if (digest.isPresent()) {
        try {
          BasicFileAttributes attributes =
              Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
          if (attributes.isRegularFile() && attributes.size() >= WORTH) {
            begun.add(new Begun(file, digest.get(), attributes.size()));
          }
        } catch (NoSuchFileException gone) {
          // Somebody empties the store.
        }
      }
    }
    return begun;
  }

  private static Optional<Digest> digest(Path file) {
    Matcher name = NAME.matcher(file.getFileName().toString());
    if (!name.matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Digest.parse(name.group(1) + ":" + name.group(2)));
    } catch (FetchException notOurs) {
      return Optional.empty();
    }
  }

  /**
   * Takes over what dead runs had written of these blobs, for {@link #resume}, and removes whatever
   * else they left.
   *
   * @param sizes of the blobs that this run is about to write, in bytes
   * @return how many bytes of them are there
   */
  public long takeOver(Map<Digest, Long> sizes) {
    try {
      return store.locked(() -> take(sizes));
    } catch (IOException cause) {
      throw StoreErrors.of("look through", layout.ingest(), cause);
    }
  }

  /**
   * Goes on to write a blob, by its parts, where a dead run had stopped.
   *
   * @param size the exact size in bytes that it will have
   * @return empty if {@link #takeOver} found nothing of it, or it was resumed before
   */
  public Optional<BlobWriter> resume(Digest digest, long size) {
    Path file = taken.remove(digest);
    if (file == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(new BlobWriter(store, digest, size, file, DurableFiles.open(file)));
    } catch (IOException cause) {
      throw StoreErrors.of("open", file, cause);
    }
  }

  private long take(Map<Digest, Long> sizes) throws IOException {
    long kept = 0;
    for (Path run : IngestCleaner.children(layout.ingest())) {
      if (!run.getFileName().toString().startsWith(IngestSession.RUN)
          || !Files.isDirectory(run, LinkOption.NOFOLLOW_LINKS)
          || !IngestSession.isDead(run)) {
        continue;
      }
      for (Begun blob : begun(run)) {
        Long size = sizes.get(blob.digest());
        if (size != null && blob.size() <= size && !taken.containsKey(blob.digest())) {
          Path own = store.session().newFile(name(blob.digest()));
          Files.move(blob.file(), own, StandardCopyOption.ATOMIC_MOVE);
          taken.put(blob.digest(), own);
          try (FileChannel channel = DurableFiles.openForReading(own)) {
            kept += BlobParts.kept(channel, size);
          }
        }
      }
      FileTree.delete(run);
    }
    return kept;
  }
}
