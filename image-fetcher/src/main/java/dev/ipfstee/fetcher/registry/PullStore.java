package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.fetch.DiskBudget;
import dev.ipfstee.fetcher.fetch.MinFree;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.BlobStore;
import java.nio.file.Files;
import java.nio.file.Path;

/** The store as what is pulled goes into it: opened when it is there, which may be later. */
final class PullStore implements AutoCloseable {
  private final Path directory;
  private final MinFree minFree;
  private BlobStore open;

  PullStore(Path directory, MinFree minFree) {
    this.directory = directory;
    this.minFree = minFree;
  }

  /**
   * Opens the store, and removes what a killed process left in {@code ingest/}, unless it is open;
   * anew if it was emptied meanwhile.
   *
   * @throws FetchException {@link Reason#IO_ERROR} when it isn't there or can't be written
   */
  synchronized BlobStore get() {
    if (open != null && !open.isThere()) {
      close();
    }
    if (open == null) {
      if (!Files.isDirectory(directory)) {
        throw new FetchException(
            Reason.IO_ERROR, "failed to open the store '" + directory + "': it isn't there (yet)");
      }
      open = BlobStore.open(directory);
    }
    return open;
  }

  /** The same store by itself: what is claimed by it is free again when it is closed. */
  BlobStore another() {
    return BlobStore.open(directory);
  }

  /** A new count of what is written to the store by this one. */
  DiskBudget budget(BlobStore another) {
    return new DiskBudget(another, minFree);
  }

  /** A new count of what is written, within what must stay free. */
  DiskBudget budget() {
    return new DiskBudget(get(), minFree);
  }

  @Override
  public synchronized void close() {
    if (open != null) {
      open.close();
      open = null;
    }
  }
}
