package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The blobs that a run relies on before an index entry does: no sweep removes them. Each is an
 * empty file in the run's directory, made and looked at under the store's lock; so a claim that is
 * made before the blob is looked for holds what is found, and ends with the run, however that ends.
 * Thread-safe.
 */
final class BlobClaims {
  private static final String PREFIX = "claim-";

  private final StoreLayout layout;
  private final StoreOptions options;
  private final IngestSession session;
  private final Set<Digest> mine = ConcurrentHashMap.newKeySet();

  BlobClaims(StoreLayout layout, StoreOptions options, IngestSession session) {
    this.layout = layout;
    this.options = options;
    this.session = session;
  }

  /** Claims blobs, whether they are there or not. */
  void add(Collection<Digest> blobs) throws IOException {
    List<Digest> missing = blobs.stream().filter(blob -> !mine.contains(blob)).toList();
    if (missing.isEmpty()) {
      return;
    }
    StoreLock.holding(
        layout.lock(),
        options.lockTimeout(),
        () -> {
          for (Digest blob : missing) {
            try {
              DurableFiles.createNew(file(blob)).close();
            } catch (FileAlreadyExistsException claimed) {
              // By another thread, since.
            }
            mine.add(blob);
          }
          return null;
        });
  }

  /** Gives claims back; those that aren't held are passed over. */
  void remove(Collection<Digest> blobs) throws IOException {
    for (Digest blob : blobs) {
      if (mine.remove(blob)) {
        Files.deleteIfExists(file(blob));
      }
    }
  }

  private Path file(Digest blob) {
    return session.directory().resolve(PREFIX + blob.algorithm().label() + "-" + blob.hex());
  }

  /** What all runs that are alive claim. The caller holds the store's lock. */
  static Set<Digest> ofLivingRuns(StoreLayout layout) throws IOException {
    Set<Digest> claims = new HashSet<>();
    try (DirectoryStream<Path> runs =
        Files.newDirectoryStream(layout.ingest(), IngestSession.RUN + "*")) {
      for (Path run : runs) {
        if (!IngestSession.isDead(run)) {
          addOf(run, claims);
        }
      }
    } catch (DirectoryIteratorException broken) {
      throw broken.getCause();
    }
    return claims;
  }

  private static void addOf(Path run, Set<Digest> claims) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(run, PREFIX + "*")) {
      for (Path file : files) {
        parse(file.getFileName().toString()).ifPresent(claims::add);
      }
    } catch (NoSuchFileException ended) {
      // It has just removed its directory, so it relies on nothing any more.
    } catch (DirectoryIteratorException broken) {
      throw broken.getCause();
    }
  }

  private static Optional<Digest> parse(String name) {
    String[] parts = name.substring(PREFIX.length()).split("-", 2);
    for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
      if (parts.length == 2 && parts[0].equals(algorithm.label())) {
        return Digest.of(algorithm, parts[1]);
      }
    }
    return Optional.empty();
  }
}
