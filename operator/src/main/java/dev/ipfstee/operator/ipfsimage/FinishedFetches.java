package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.config.GatewayUrl;
import dev.ipfstee.operator.metrics.FetchMetrics;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Counts each fetch Job that has come to its end once: only the leader counts, and what had ended
 * before it led is left to who led then. A Job that ends while nobody leads isn't counted.
 */
final class FinishedFetches {
  /** A Job's end may be known before its pod's, which says why: they come by different watches. */
  static final Duration UNTIL_LOST = Duration.ofSeconds(10);

  private static final String OTHER = "other";

  private final FetchMetrics metrics;
  private final List<GatewayUrl> gateways;

  /** The UIDs of counted Jobs that still exist. */
  private final Set<String> counted = new HashSet<>();

  /**
   * @param gateways the administrator's list: all others are one series
   */
  FinishedFetches(FetchMetrics metrics, List<GatewayUrl> gateways) {
    this.metrics = metrics;
    this.gateways = List.copyOf(gateways);
    metrics.begin(
        Stream.concat(gateways.stream().map(GatewayUrl::authority), Stream.of(OTHER))
            .distinct()
            .toList());
  }

  /**
   * Counts those that are new.
   *
   * @param pods of those Jobs
   * @param since when this replica began to lead
   */
  void count(List<Job> jobs, List<Pod> pods, Instant since, Instant now) {
    Set<String> existing =
        jobs.stream().map(job -> job.getMetadata().getUid()).collect(Collectors.toSet());
    counted.retainAll(existing);
    for (Job job : jobs) {
      if (!counted.contains(job.getMetadata().getUid())) {
        count(job, pods, since, now);
      }
    }
  }

  private void count(Job job, List<Pod> pods, Instant since, Instant now) {
    Optional<End> end = end(IpfsImageObserver.observe(job, pods, now), now);
    if (end.isEmpty()) {
      return;
    }
    counted.add(job.getMetadata().getUid());
    if (end.get().at().isBefore(since)) {
      return;
    }
    metrics.finished(end.get().reason(), took(job, end.get().at()));
    IpfsImageObserver.report(job, pods).stream()
        .flatMap(report -> report.sources().stream())
        .forEach(
            source ->
                metrics.gateway(
                    listed(source.host()), source.bytes(), source.rejected(), source.errors()));
  }

  private record End(Reason reason, Instant at) {}

  private static Optional<End> end(FetchObservation observation, Instant now) {
    return switch (observation) {
      case FetchObservation.Succeeded succeeded ->
          Optional.of(new End(Reason.SUCCEEDED, succeeded.at()));
      case FetchObservation.Failed failed ->
          Optional.of(new End(failed.reason(), failed.at()))
              .filter(
                  end ->
                      !failed.alive()
                          && (end.reason() != Reason.FETCHER_LOST
                              || end.at().plus(UNTIL_LOST).isBefore(now)));
      case FetchObservation.Pending pending -> Optional.empty();
      case FetchObservation.Running running -> Optional.empty();
    };
  }

  private static Duration took(Job job, Instant end) {
    String start = job.getStatus().getStartTime();
    Duration took = start == null ? Duration.ZERO : Duration.between(Instant.parse(start), end);
    return took.isNegative() ? Duration.ZERO : took;
  }

  /** The gateway of the administrator's list that a host belongs to. */
  private String listed(String host) {
    return gateways.stream()
        .filter(gateway -> host != null && gateway.covers(host))
        .map(GatewayUrl::authority)
        .findFirst()
        .orElse(OTHER);
  }
}
