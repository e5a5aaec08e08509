package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoreReader;
import dev.ipfstee.fetcher.store.StoreSweep;
import dev.ipfstee.fetcher.store.StoredImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Sweeps what the cluster hasn't wanted for a while. Whatever goes wrong, it is told and tried
 * again later. For one thread.
 */
final class UnwantedSweep {
  /** From one sweep to the next: each reads all documents of the store, under its lock. */
  private static final Duration PAUSE = Duration.ofMinutes(1);

  /** Blobs without an image show only in a sweep. */
  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  private final Settings settings;
  private final RegistryContents contents;
  private final Supplier<Set<String>> pulls;
  private final RegistryMetrics metrics;
  private final JsonLog log;
  private final Path store;
  private final StoreSize size;
  private Absences absences = Absences.UNKNOWN;
  private long sweptAt;
  private String told = "";

  /**
   * What to sweep.
   *
   * @param after for how long nobody may have wanted an image, and how old its files must be
   * @param quota what the store's blobs may have in bytes before any image goes
   */
  record Settings(Duration after, long quota) {}

  /**
   * @param pulls the CIDs of images that are being pulled now
   * @param now as of {@link #round}
   */
  UnwantedSweep(
      Settings settings,
      StoreReader store,
      RegistryContents contents,
      Supplier<Set<String>> pulls,
      RegistryMetrics metrics,
      JsonLog log,
      long now) {
    this.settings = settings;
    this.contents = contents;
    this.pulls = pulls;
    this.metrics = metrics;
    this.log = log;
    this.store = store.layout().root();
    this.size = new StoreSize(store);
    this.sweptAt = now;
  }

  /**
   * Says at once what would fail at each sweep. A store that isn't there yet may be one that can be
   * written.
   *
   * @throws FetchException {@link Reason#IO_ERROR} for a store that this user can't write
   */
  void check() {
    if (Files.isDirectory(store) && !Files.isWritable(store)) {
      throw new FetchException(
          Reason.IO_ERROR,
          "failed to prepare for sweeping the store '"
              + store
              + "': it can't be written by this user; mount it so that it can, or leave"
              + " --sweep-after out");
    }
  }

  /**
   * Takes note of what is wanted, and sweeps if it is time to.
   *
   * @param desired empty while nobody knows
   * @param now nanoseconds of a clock that only ever becomes more
   */
  void round(Optional<DesiredSet> desired, long now) {
    Optional<DesiredSet> all = desired.filter(DesiredSet::complete);
    if (all.isEmpty()) {
      absences = Absences.UNKNOWN;
      return;
    }
    try {
      round(all.get(), now);
    } catch (RuntimeException failure) {
      if (!Thread.currentThread().isInterrupted()) {
        fail(String.valueOf(failure.getMessage()));
      }
    }
  }

  private void round(DesiredSet desired, long now) {
    List<StoredImage> stored = contents.imagesAndPulls();
    Set<String> pulled = pulls.get();
    absences =
        absences.look(
            now,
            stored,
            image ->
                desired.lists(image.cid())
                    || desired.lists(image.root())
                    || pulled.contains(image.cid()));
    Set<Digest> going = absences.lasting(settings.after());
    Duration since = Duration.ofNanos(now - sweptAt);
    if (isTime(since, !going.isEmpty()) && Files.isDirectory(store)) {
      sweptAt = now;
      Set<String> keep = new HashSet<>(desired.images().keySet());
      stored.stream()
          .filter(image -> !going.contains(image.digest()))
          .forEach(image -> keep.add(image.cid()));
      sweep(keep);
    }
  }

  private boolean isTime(Duration since, boolean anyGoing) {
    return since.compareTo(LONGEST_PAUSE) >= 0
        || anyGoing && since.compareTo(PAUSE) >= 0 && size.bytes() > settings.quota();
  }

  private void sweep(Set<String> keep) {
    StoreSweep.Request request =
        new StoreSweep.Request(settings.quota(), settings.after(), keep, false);
    StoreSweep.Result result;
    try (BlobStore open = BlobStore.open(store)) {
      result = new StoreSweep(open, request).run();
    }
    told = "";
    long bytes = result.before() - result.after();
    metrics.swept(result.images().size(), bytes);
    for (StoredImage image : result.images()) {
      log.info(
          "an image was removed, since the cluster doesn't want it any more",
          Map.of("cid", image.cid(), "digest", image.digest(), "source", image.source()));
    }
    if (result.blobs() > 0) {
      log.info("the store was swept", Map.of("blobs", result.blobs(), "bytes", bytes));
    }
  }

  private void fail(String cause) {
    metrics.failedSweep();
    if (!told.equals(cause)) {
      told = cause;
      log.warn("failed to sweep the store; it is tried again", Map.of("cause", cause));
    }
  }
}
