package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ImageProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How far fetches are, as it is told. Registries are asked more often than that: each telling is a
 * write of a status, which everyone who watches it gets.
 */
final class ProgressBoard {
  static final Duration INTERVAL = Duration.ofSeconds(10);

  private volatile Map<String, Map<String, ImageProgress>> shown = Map.of();
  private Instant last = Instant.EPOCH;

  /** A fetch under way on some node. */
  record Fetch(String node, String source, ImageProgress progress) {}

  /** What to tell of a content, by node. */
  Map<String, ImageProgress> of(String source) {
    return shown.getOrDefault(source, Map.of());
  }

  /**
   * Takes over what is the case now, unless the last change is too recent.
   *
   * @return the sources of which something else is told now
   */
  synchronized Set<String> show(List<Fetch> fetches, Instant now) {
    Map<String, Map<String, ImageProgress>> next =
        fetches.stream()
            .collect(
                Collectors.groupingBy(
                    Fetch::source,
                    Collectors.toMap(Fetch::node, Fetch::progress, ProgressBoard::further)));
    if (next.equals(shown) || now.isBefore(last.plus(INTERVAL))) {
      return Set.of();
    }
    Set<String> changed = new HashSet<>(shown.keySet());
    changed.addAll(next.keySet());
    changed.removeIf(source -> Objects.equals(shown.get(source), next.get(source)));
    shown = next;
    last = now;
    return changed;
  }

  /** Of two fetches of one image, the one that will be the first to end. */
  static ImageProgress further(ImageProgress one, ImageProgress other) {
    return one.bytes() >= other.bytes() ? one : other;
  }
}
