package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.BlobStore;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** Brings layers into the store, several at a time; what is there already is only hashed. */
final class BlobDownloads {
  private final BlobDownload download;

  BlobDownloads(
      PeerBlobs peers,
      BlobLocator blobs,
      BlobStore store,
      DiskBudget disk,
      ProgressCounter progress) {
    download = new BlobDownload(peers, blobs, store, disk, progress);
  }

  /**
   * Returns when all are stored. The first failure ends the others and is thrown.
   *
   * @param parallel how many at a time, ≥1; while there are fewer, several bring parts of one
   * @throws FetchException also {@link Reason#CANCELLED} when the thread is interrupted
   */
  void run(List<Descriptor> layers, int parallel) {
    ExecutorService threads =
        Executors.newFixedThreadPool(
            parallel, Thread.ofPlatform().daemon().name("download-", 0).factory());
    CompletionService<Task> tasks = new ExecutorCompletionService<>(threads);
    Team team = new Team(tasks, parallel);
    try {
      layers.forEach(layer -> tasks.submit(() -> download.run(layer, team), Task.BLOB));
      for (int left = layers.size(); left > 0; ) {
        if (tasks.take().get() == Task.BLOB) {
          left--;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof FetchException failure) {
        download.runFailed(failure);
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw new FetchException(Reason.CANCELLED, "failed to go on fetching: the run was cancelled");
    } finally {
      threads.shutdownNow();
      awaitEnd(threads);
    }
  }

  private enum Task {
    BLOB,
    HELP
  }

  /**
   * The threads of a run. Who helps comes after all blobs that wait, so that none waits for a part
   * of another.
   *
   * @param size how many threads there are
   */
  record Team(CompletionService<Task> tasks, int size) {
    void help(PartedDownload download) {
      int helpers = Math.min(size, download.parts()) - 1;
      try {
        for (int i = 0; i < helpers; i++) {
          tasks.submit(download::help, Task.HELP);
        }
      } catch (RejectedExecutionException over) {
        // The run is about to end, and this thread with it.
      }
    }
  }

  /**
   * Its files are gone, and its sources quiet, when the run goes on to its report. A SIGTERM that
   * interrupts this wait must not end it: the store would be closed under what still writes.
   */
  private static void awaitEnd(ExecutorService threads) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
    boolean interrupted = false;
    boolean ended = false;
    while (!ended && System.nanoTime() < end) {
      try {
        threads.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        ended = true;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
