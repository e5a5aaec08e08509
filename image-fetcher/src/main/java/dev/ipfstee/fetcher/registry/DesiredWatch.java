package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The desired set as this node sees it. While its file can't be read there is none: what it said
 * before is no longer known to be so. What is wrong is told once. Thread-safe, but for {@link
 * #look}.
 */
final class DesiredWatch {
  private static final String INCOMPLETE = "it is incomplete";

  private final DesiredFile file;
  private final LongSupplier clock;
  private final JsonLog log;
  private volatile Optional<Known> known = Optional.empty();
  private String told = "";

  /**
   * A set that was read.
   *
   * @param content of the file
   * @param since when that was first seen
   */
  private record Known(DesiredSet set, Digest content, long since) {}

  /**
   * @param clock nanoseconds that only ever become more
   */
  DesiredWatch(DesiredFile file, LongSupplier clock, JsonLog log) {
    this.file = file;
    this.clock = clock;
    this.log = log;
  }

  /** Reads the file, if its content has changed. */
  void look() {
    try {
      byte[] bytes = file.read();
      Digest content = Digest.of(Digest.Algorithm.SHA256, bytes);
      if (known.filter(last -> last.content().equals(content)).isEmpty()) {
        known = Optional.of(new Known(file.parse(bytes), content, clock.getAsLong()));
      }
      told(known.get().set());
    } catch (FetchException unreadable) {
      known = Optional.empty();
      if (isNews(unreadable.getMessage())) {
        log.warn(
            "the desired set can't be read: who holds what is unknown, and nothing is swept",
            Map.of("cause", unreadable.getMessage()));
      }
    }
  }

  private void told(DesiredSet set) {
    Map<String, ?> images = Map.of("images", set.images().size());
    if (set.complete()) {
      if (isNews("it is complete")) {
        log.info("the desired set is read", images);
      }
    } else if (isNews(INCOMPLETE)) {
      log.warn("the desired set doesn't name all images, so nothing is swept", images);
    }
  }

  private boolean isNews(String state) {
    boolean news = !told.equals(state);
    told = state;
    return news;
  }

  /** What the last look found; empty while it can't be read. */
  Optional<DesiredSet> set() {
    return known.map(Known::set);
  }

  /** Where an image is said to be; nowhere while that isn't known. */
  Set<InetAddress> holders(Cid image) {
    return set().map(set -> set.holders(image.toString())).orElse(Set.of());
  }

  /** How long the set has been the same, in seconds; NaN while there is none. */
  double ageSeconds() {
    return known
        .map(last -> (clock.getAsLong() - last.since()) / (double) TimeUnit.SECONDS.toNanos(1))
        .orElse(Double.NaN);
  }
}
