package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.ipfs.Cid;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Follows the desired set while the registry runs. */
final class DesiredRounds implements AutoCloseable {
  private final Settings settings;
  private final DesiredWatch watch;
  private final Thread thread = Thread.ofVirtual().name("desired-set").unstarted(this::repeat);

  /**
   * How to follow it.
   *
   * @param file where it is; it may appear later
   * @param pause from one look at it to the next, more or less
   * @param clock nanoseconds that only ever become more
   */
  record Settings(Path file, Duration pause, LongSupplier clock) {}

  DesiredRounds(Settings settings, RegistryMetrics metrics, JsonLog log) {
    this.settings = settings;
    watch = new DesiredWatch(new DesiredFile(settings.file()), settings.clock(), log);
    metrics.observe(watch);
  }

  /** Knows the set, if it is there already, and goes on looking. */
  void start() {
    round();
    thread.start();
  }

  /** As {@link DesiredWatch#holders}. */
  Set<InetAddress> holders(Cid image) {
    return watch.holders(image);
  }

  private void round() {
    watch.look();
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

  /** Stops, at once. */
  @Override
  public void close() {
    thread.interrupt();
  }
}
