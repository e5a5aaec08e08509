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
    // Who helps comes after all blobs that wait, so that none waits for a part of another.
    DownloadTeam team =
        new DownloadTeam(parallel, layers, parted -> tasks.submit(parted::help, Task.HELP));
    try {
      layers.forEach(layer -> tasks.submit(() -> bring(layer, team), Task.BLOB));
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

  private void bring(Descriptor layer, DownloadTeam team) {
    download.run(layer, team);
    team.stored(layer);
  }

  private enum Task {
    BLOB,
    HELP
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
