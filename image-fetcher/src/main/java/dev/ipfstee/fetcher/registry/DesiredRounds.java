package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.store.StoreReader;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Follows the desired set while the registry runs. */
final class DesiredRounds implements AutoCloseable {
  private static final Duration END = Duration.ofSeconds(5);

  private final Settings settings;
  private final DesiredWatch watch;
  private final Optional<UnwantedSweep> sweep;
  private final Thread thread = Thread.ofVirtual().name("desired-set").unstarted(this::repeat);

  /**
   * How to follow it.
   *
   * @param file where it is; it may appear later
   * @param pause from one look at it to the next, more or less
   * @param clock nanoseconds that only ever become more
   * @param sweep what becomes of images that it doesn't name; empty for nothing
   */
  record Settings(
      Path file, Duration pause, LongSupplier clock, Optional<UnwantedSweep.Settings> sweep) {}

  /**
   * @param pulls the CIDs of images that are being pulled now
   */
  DesiredRounds(
      Settings settings,
      StoreReader store,
      RegistryContents contents,
      Supplier<Set<String>> pulls,
      RegistryMetrics metrics,
      JsonLog log) {
    this.settings = settings;
    watch = new DesiredWatch(new DesiredFile(settings.file()), settings.clock(), log);
    metrics.observe(watch);
    sweep =
        settings
            .sweep()
            .map(
                what ->
                    new UnwantedSweep(
                        what, store, contents, pulls, metrics, log, settings.clock().getAsLong()));
  }

  /**
   * Knows the set, if it is there already, and goes on looking.
   *
   * @throws FetchException as {@link UnwantedSweep#check}
   */
  void start() {
    sweep.ifPresent(UnwantedSweep::check);
    round();
    thread.start();
  }

  /** As {@link DesiredWatch#holders}. */
  Set<InetAddress> holders(Cid image) {
    return watch.holders(image);
  }

  private void round() {
    watch.look();
    sweep.ifPresent(s -> s.round(watch.set(), settings.clock().getAsLong()));
  }

  /** With pauses of chance, so that not all nodes do the same at once. */
  private void repeat() {
    long pause = settings.pause().toNanos();
    try {
      while (!Thread.currentThread().isInterrupted()) {
        TimeUnit.NANOSECONDS.sleep(pause / 2 + ThreadLocalRandom.current().nextLong(pause));
        round();
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops, also in the middle of a sweep. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      if (thread.isAlive()) {
        thread.join(END);
      }
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
  }
}
