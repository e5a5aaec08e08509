package dev.ipfstee.operator.ipfsimage;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;

/** The attempts to fetch one image, and what the next one must know of them. */
record FetchHistory(List<FetchAttempt> attempts) {
  static final FetchHistory NONE = new FetchHistory(List.of());

  FetchHistory {
    attempts = List.copyOf(attempts);
  }

  /** Those on that node. */
  FetchHistory on(String node) {
    return only(attempt -> attempt.node().equals(node));
  }

  /** Those made from these inputs, by their hash. */
  FetchHistory madeFrom(String inputs) {
    return only(attempt -> attempt.inputs().equals(inputs));
  }

  /**
   * Those that answer that request, and those under way when it came: they may be what it wants.
   */
  FetchHistory since(String request) {
    return only(attempt -> attempt.request().equals(request) || underWay(attempt));
  }

  /** Those that were given up before that request came, whose Jobs are still there. */
  FetchHistory givenUpBefore(String request) {
    return unfinished().only(attempt -> !attempt.request().equals(request) && !underWay(attempt));
  }

  /** Those that can still come to another end. */
  FetchHistory unfinished() {
    return only(attempt -> attempt.observation().active());
  }

  /** Those whose fetch hasn't begun. */
  FetchHistory waiting() {
    return unfinished()
        .only(attempt -> !(attempt.observation() instanceof FetchObservation.Running));
  }

  /** The names of their Jobs. */
  List<String> jobs() {
    return attempts.stream().map(FetchAttempt::job).toList();
  }

  boolean isEmpty() {
    return attempts.isEmpty();
  }

  /** Whether any is under way and not given up. */
  boolean busy() {
    return attempts.stream().anyMatch(FetchHistory::underWay);
  }

  /** The one with the highest number. */
  Optional<FetchAttempt> last() {
    return attempts.stream().max(Comparator.comparingInt(FetchAttempt::number));
  }

  /** The last that has come to an end, if that was a failure. */
  Optional<FetchAttempt> failed() {
    return only(attempt ->
            attempt.observation() instanceof FetchObservation.Failed
                || attempt.observation() instanceof FetchObservation.Succeeded)
        .last()
        .filter(attempt -> attempt.observation() instanceof FetchObservation.Failed);
  }

  /** The report of the one that was the first to succeed. */
  Optional<FetchResult> firstSuccess() {
    return attempts.stream()
        .map(FetchAttempt::observation)
        .filter(FetchObservation.Succeeded.class::isInstance)
        .map(FetchObservation.Succeeded.class::cast)
        .min(Comparator.comparing(FetchObservation.Succeeded::at))
        .map(FetchObservation.Succeeded::result);
  }

  /** When the first of those that don't run yet is overdue. */
  Optional<Instant> overdue() {
    return attempts.stream()
        .map(FetchAttempt::observation)
        .filter(FetchObservation.Pending.class::isInstance)
        .map(FetchObservation.Pending.class::cast)
        .map(FetchObservation.Pending::until)
        .filter(Objects::nonNull)
        .min(Comparator.naturalOrder());
  }

  /** The number of the next attempt. */
  int next() {
    return 1 + last().map(FetchAttempt::number).orElse(0);
  }

  private static boolean underWay(FetchAttempt attempt) {
    return attempt.observation().active()
        && !(attempt.observation() instanceof FetchObservation.Failed);
  }

  private FetchHistory only(Predicate<FetchAttempt> which) {
    return new FetchHistory(attempts.stream().filter(which).toList());
  }
}
