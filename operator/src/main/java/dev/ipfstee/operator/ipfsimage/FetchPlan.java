package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ImageProgress;
import dev.ipfstee.operator.check.Finding;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is known after observing, and what to do next. Made by {@link FetchPlanner}.
 *
 * @param task what every fetch of this image asks for; empty when none may be made
 * @param resolved what the CID turned out to be; empty until the first fetch has succeeded
 * @param resolvedBy the report that says so; empty when an earlier pass has recorded it
 * @param nodes one state per node that carries the registry, by name
 * @param progress of the furthest fetch under way; empty when none shows any
 * @param refusal what stops the image as a whole
 * @param create Jobs to create now
 * @param supply names of Jobs that may still lack their credentials
 * @param obsolete names of unfinished Jobs that nobody needs any more
 * @param next when time alone changes the plan; null for never
 */
record FetchPlan(
    Optional<FetchTask> task,
    Optional<ResolvedImage> resolved,
    Optional<FetchResult> resolvedBy,
    List<NodeState> nodes,
    Optional<ImageProgress> progress,
    Optional<Finding> refusal,
    List<Start> create,
    List<String> supply,
    List<String> obsolete,
    Instant next) {
  FetchPlan {
    nodes = List.copyOf(nodes);
    create = List.copyOf(create);
    supply = List.copyOf(supply);
    obsolete = List.copyOf(obsolete);
  }

  /** A Job to create. */
  record Start(String node, int attempt) {}

  /**
   * How long until {@link #next}; at least a second, so that a clock's rounding can't make a loop.
   */
  Optional<Duration> wakeAfter(Instant now) {
    return Optional.ofNullable(next)
        .map(then -> Duration.between(now, then).plusMillis(100))
        .map(wait -> wait.compareTo(Duration.ofSeconds(1)) < 0 ? Duration.ofSeconds(1) : wait);
  }
}
