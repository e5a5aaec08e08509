package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ApiAnnotations;
import dev.ipfstee.api.v1alpha1.ApiLabels;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.kubernetes.ManagedLabels;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Tells from Jobs and their pods what became of each fetch. Pure. */
final class IpfsImageObserver {
  /**
   * Longer than the scheduler needs when there's room; a new node may need minutes for its taints.
   */
  static final Duration SCHEDULING = Duration.ofMinutes(2);

  private static final int KILLED = 137;
  private static final Set<String> HARMLESS_WAITS = Set.of("ContainerCreating", "PodInitializing");

  private final List<Pod> pods;
  private final Instant now;

  private IpfsImageObserver(List<Pod> pods, Instant now) {
    this.pods = pods;
    this.now = now;
  }

  /** One attempt per Job, by number and node. */
  static List<FetchAttempt> observe(IpfsImageInputs inputs) {
    IpfsImageObserver observer = new IpfsImageObserver(inputs.pods(), inputs.now());
    return inputs.jobs().stream()
        .map(observer::attempt)
        .sorted(
            Comparator.comparingInt(FetchAttempt::number)
                .thenComparing(FetchAttempt::node)
                .thenComparing(FetchAttempt::job))
        .toList();
  }

  /**
   * What became of one Job.
   *
   * @param pods of this and other Jobs
   */
  static FetchObservation observe(Job job, List<Pod> pods, Instant now) {
    return new IpfsImageObserver(pods, now).observe(job);
  }

  /** What the fetcher itself said, if its pod is still there. */
  static Optional<FetchResult> report(Job job, List<Pod> pods) {
    return report(new IpfsImageObserver(pods, Instant.EPOCH).podOf(job));
  }

  private static Optional<FetchResult> report(Optional<Pod> pod) {
    return pod.flatMap(IpfsImageObserver::terminated)
        .map(ContainerStateTerminated::getMessage)
        .flatMap(FetchResult::parse);
  }

  private FetchAttempt attempt(Job job) {
    return new FetchAttempt(
        job.getMetadata().getName(),
        job.getMetadata().getAnnotations().getOrDefault(ApiAnnotations.NODE, ""),
        job.getMetadata().getLabels().getOrDefault(ManagedLabels.INPUTS, ""),
        job.getMetadata().getLabels().getOrDefault(ApiLabels.REQUEST, ""),
        number(job),
        observe(job));
  }

  private static int number(Job job) {
    String label = job.getMetadata().getLabels().getOrDefault(ApiLabels.ATTEMPT, "1");
    return label.matches("[1-9][0-9]{0,8}") ? Integer.parseInt(label) : 1;
  }

  private FetchObservation observe(Job job) {
    Optional<Pod> pod = podOf(job);
    Optional<JobCondition> complete = condition(job, "Complete");
    Optional<JobCondition> failed = condition(job, "Failed");
    if (complete.isEmpty() && failed.isEmpty()) {
      return pod.map(this::unfinished).orElseGet(() -> new FetchObservation.Pending("", null));
    }
    Instant at = time(complete.or(() -> failed).orElseThrow().getLastTransitionTime());
    Optional<FetchResult> report = report(pod);
    if (complete.isPresent()) {
      return report
          .filter(FetchResult::succeeded)
          .<FetchObservation>map(result -> new FetchObservation.Succeeded(result, at))
          .orElseGet(() -> lost(job, "the fetch ended well, but its report is gone", at));
    }
    return failed(job, failed.orElseThrow(), pod, report, at);
  }

  private FetchObservation unfinished(Pod pod) {
    Optional<PodCondition> unscheduled =
        pod.getStatus().getConditions().stream()
            .filter(c -> "PodScheduled".equals(c.getType()) && "False".equals(c.getStatus()))
            .findFirst();
    if (unscheduled.isPresent()) {
      return unscheduled(unscheduled.get());
    }
    return container(pod)
        .map(
            status ->
                status.getState().getWaiting() == null
                    ? new FetchObservation.Running()
                    : waiting(status.getState().getWaiting()))
        .orElseGet(() -> new FetchObservation.Pending("", null));
  }

  private FetchObservation unscheduled(PodCondition condition) {
    Instant overdue = time(condition.getLastTransitionTime()).plus(SCHEDULING);
    String words =
        "the scheduler says: " + Objects.requireNonNullElse(condition.getMessage(), "nothing");
    return overdue.isAfter(now)
        ? new FetchObservation.Pending(words, overdue)
        : new FetchObservation.Failed(
            Reason.FETCHER_NOT_SCHEDULED, "the fetch can't run: " + words, overdue, true);
  }

  private static FetchObservation waiting(ContainerStateWaiting waiting) {
    if (waiting.getReason() == null || HARMLESS_WAITS.contains(waiting.getReason())) {
      return new FetchObservation.Pending("", null);
    }
    String detail = waiting.getMessage() == null ? "" : ": " + waiting.getMessage();
    return new FetchObservation.Pending(
        "the fetch's container waits: " + waiting.getReason() + detail, null);
  }

  private FetchObservation failed(
      Job job,
      JobCondition condition,
      Optional<Pod> pod,
      Optional<FetchResult> report,
      Instant at) {
    if (pod.filter(IpfsImageObserver::evicted).isPresent()) {
      String words = pod.get().getStatus().getMessage();
      return failed(
          Reason.FETCHER_EVICTED,
          "the fetch was evicted: " + (words == null ? "the node had to make room" : words),
          at);
    }
    if ("DeadlineExceeded".equals(condition.getReason())) {
      return failed(
          Reason.FETCHER_TIMED_OUT,
          "the fetch didn't end within %d s, its start included: see limits.timeout"
              .formatted(job.getSpec().getActiveDeadlineSeconds()),
          at);
    }
    Optional<FetchResult> failure = report.filter(result -> !result.succeeded());
    if (failure.isPresent()) {
      FetchResult result = failure.get();
      return failed(result.reason(), result.message() + liars(result), at);
    }
    Optional<ContainerStateTerminated> end = pod.flatMap(IpfsImageObserver::terminated);
    if (end.filter(IpfsImageObserver::outOfMemory).isPresent()) {
      return failed(
          Reason.FETCHER_OUT_OF_MEMORY,
          "the fetch was killed for want of memory: see the chart's"
              + " fetcher.resources.limits.memory",
          at);
    }
    String words =
        report.isPresent()
            ? "the fetch reported success, but ended with exit code %s"
            : "the fetch ended with exit code %s and left no report";
    return lost(
        job,
        end.map(e -> words.formatted(e.getExitCode()))
            .orElse("the fetch's pod is gone and left no report"),
        at);
  }

  /** Those who sent wrong blocks, in words to append; without those whom the message names. */
  static String liars(FetchResult result) {
    StringBuilder words = new StringBuilder();
    for (FetchResult.Source liar : result.liars()) {
      if (result.message().contains(liar.host())) {
        continue;
      }
      words
          .append("; gateway ")
          .append(liar.host())
          .append(" sent ")
          .append(liar.rejected())
          .append(liar.rejected() == 1 ? " wrong block" : " wrong blocks")
          .append(" and was dropped");
    }
    return words.toString();
  }

  private static FetchObservation failed(Reason reason, String message, Instant at) {
    return new FetchObservation.Failed(reason, message, at, false);
  }

  private static FetchObservation lost(Job job, String what, Instant at) {
    return failed(
        Reason.FETCHER_LOST,
        what
            + ": see kubectl -n %s describe job %s"
                .formatted(job.getMetadata().getNamespace(), job.getMetadata().getName()),
        at);
  }

  private static boolean outOfMemory(ContainerStateTerminated end) {
    return "OOMKilled".equals(end.getReason())
        || end.getExitCode() != null && end.getExitCode() == KILLED;
  }

  private static boolean evicted(Pod pod) {
    return "Evicted".equals(pod.getStatus().getReason())
        || pod.getStatus().getConditions().stream()
            .anyMatch(c -> "DisruptionTarget".equals(c.getType()) && "True".equals(c.getStatus()));
  }

  /** Its last pod that has a status: one that is just made has none. */
  private Optional<Pod> podOf(Job job) {
    return pods.stream()
        .filter(pod -> owned(pod, job) && pod.getStatus() != null)
        .max(Comparator.comparing(pod -> pod.getMetadata().getCreationTimestamp()));
  }

  private static boolean owned(HasMetadata pod, Job job) {
    return pod.getMetadata().getOwnerReferences().stream()
        .anyMatch(owner -> Objects.equals(owner.getUid(), job.getMetadata().getUid()));
  }

  private static Optional<ContainerStatus> container(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream()
        .filter(status -> FetchJob.CONTAINER.equals(status.getName()) && status.getState() != null)
        .findFirst();
  }

  private static Optional<ContainerStateTerminated> terminated(Pod pod) {
    return container(pod).map(status -> status.getState().getTerminated());
  }

  /** Whether a Job can't come to another end. */
  static boolean finished(Job job) {
    return condition(job, "Complete").or(() -> condition(job, "Failed")).isPresent();
  }

  private static Optional<JobCondition> condition(Job job, String type) {
    return job.getStatus() == null
        ? Optional.empty()
        : job.getStatus().getConditions().stream()
            .filter(c -> type.equals(c.getType()) && "True".equals(c.getStatus()))
            .findFirst();
  }

  private Instant time(String timestamp) {
    return timestamp == null ? now : Instant.parse(timestamp);
  }
}
