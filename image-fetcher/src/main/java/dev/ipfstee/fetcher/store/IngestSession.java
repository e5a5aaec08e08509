package dev.ipfstee.fetcher.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One run's own directory below {@code ingest/}. A lock on a file in it tells other processes that
 * the run is alive; the kernel drops that lock when the run is killed.
 */
final class IngestSession implements AutoCloseable {
  static final String RUN = "run-";

  /** What a run is called while it removes its directory, so that nobody looks for life in it. */
  static final String ENDED = "ended-";

  static final String ALIVE = "alive";
  static final String PROGRESS = "progress.json";

  /** Sessions of this process: their lock files must not be opened a second time (StoreLock). */
  private static final Set<Path> OF_THIS_PROCESS = ConcurrentHashMap.newKeySet();

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final long PROGRESS_INTERVAL = TimeUnit.SECONDS.toNanos(1);

  private final StoreLayout layout;
  private final Path directory;
  private final FileChannel alive;
  private final AtomicLong counter = new AtomicLong();
  private final Object progressLock = new Object();
  private long lastProgress;
  private boolean anyProgress;
  private boolean closed;

  private IngestSession(StoreLayout layout, Path directory, FileChannel alive) {
    this.layout = layout;
    this.directory = directory;
    this.alive = alive;
  }

  /** Starts a session. The caller holds the store's lock, so that no clean-up sees half of it. */
  static IngestSession start(StoreLayout layout) throws IOException {
    Path directory = layout.ingest().resolve((RUN + "%016x").formatted(RANDOM.nextLong()));
    OF_THIS_PROCESS.add(directory);
    DurableFiles.ensureDirectory(directory);
    FileChannel alive = DurableFiles.createNew(directory.resolve(ALIVE));
    alive.lock();
    return new IngestSession(layout, directory, alive);
  }

  /** Whether the run that made this directory has ended. The caller holds the store's lock. */
  static boolean isDead(Path directory) throws IOException {
    if (OF_THIS_PROCESS.contains(directory)) {
      return false;
    }
    try (FileChannel channel = DurableFiles.openOrCreate(directory.resolve(ALIVE))) {
      return channel.tryLock() != null;
    } catch (NoSuchFileException gone) {
      return false; // Its owner has just begun to remove it.
    }
  }

  /** Whether its directory is there: somebody may empty a store while it is in use. */
  boolean isThere() {
    return Files.isDirectory(directory);
  }

  Path directory() {
    return directory;
  }

  /** The directory's name, unique among all runs. */
  String id() {
    return directory.getFileName().toString();
  }

  /** A name that no other file has. */
  Path newFile(String hint) {
    return directory.resolve(hint + "." + counter.incrementAndGet());
  }

  /** Shows the progress of a download, at most once a second. */
  void progress(String source, long bytes, long total) {
    synchronized (progressLock) {
      long now = System.nanoTime();
      if (closed || anyProgress && now - lastProgress < PROGRESS_INTERVAL) {
        return;
      }
      anyProgress = true;
      lastProgress = now;
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("source", source);
      document.put("bytes", bytes);
      document.put("total", total);
      Path file = directory.resolve(PROGRESS);
      try {
        DurableFiles.replaceQuickly(newFile(PROGRESS), file, JsonTree.bytes(document));
      } catch (IOException cause) {
        throw StoreErrors.of("write", file, cause);
      }
    }
  }

  /** Removes the directory and all that wasn't committed or left for a later run. */
  @Override
  public void close() {
    synchronized (progressLock) {
      if (closed) {
        return;
      }
      closed = true;
    }
    try {
      Files.deleteIfExists(directory.resolve(PROGRESS));
      if (!IngestLeftovers.isAnyIn(directory, layout)) {
        Path ended = directory.resolveSibling(ENDED + id());
        Files.move(directory, ended, StandardCopyOption.ATOMIC_MOVE);
        FileTree.delete(ended);
      }
    } catch (NoSuchFileException gone) {
      // What was to be reached.
    } catch (IOException cause) {
      throw StoreErrors.of("remove", directory, cause);
    } finally {
      try {
        alive.close();
      } catch (IOException unlikely) {
        // Nothing was written to it, and the kernel drops the lock anyway.
      }
      OF_THIS_PROCESS.remove(directory);
    }
  }
}
