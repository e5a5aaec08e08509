package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.store.StoredImage;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Since when nobody wants what a store has; pure. Only time counts in which somebody looked:
 * whoever doesn't know what is wanted, or hasn't looked for a while, begins anew. All that has one
 * digest is wanted together or not at all, as it is swept.
 *
 * @param lookedAt nanoseconds of the clock
 * @param since when each image was first seen unwanted, without a break
 */
record Absences(long lookedAt, Map<Digest, Long> since) {
  /** Nothing is known. */
  static final Absences UNKNOWN = new Absences(0, Map.of());

  /** Longer than looks are apart, and a sweep in between as a rule. */
  private static final long BREAK = Duration.ofMinutes(2).toNanos();

  Absences {
    since = Map.copyOf(since);
  }

  /**
   * What is known after another look.
   *
   * @param now nanoseconds of a clock that only ever becomes more
   * @param stored all that the store has
   */
  Absences look(long now, List<StoredImage> stored, Predicate<StoredImage> wanted) {
    Set<Digest> absent = stored.stream().map(StoredImage::digest).collect(Collectors.toSet());
    stored.stream().filter(wanted).map(StoredImage::digest).forEach(absent::remove);
    boolean goesOn = now - lookedAt < BREAK;
    Map<Digest, Long> next = new HashMap<>();
    for (Digest digest : absent) {
      next.put(digest, goesOn ? since.getOrDefault(digest, now) : now);
    }
    return new Absences(now, next);
  }

  /** What had been unwanted for so long when the last look was taken. */
  Set<Digest> lasting(Duration atLeast) {
    Set<Digest> lasting = new HashSet<>();
    since.forEach(
        (digest, from) -> {
          if (lookedAt - from >= atLeast.toNanos()) {
            lasting.add(digest);
          }
        });
    return lasting;
  }
}
