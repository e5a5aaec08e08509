package dev.ipfstee.operator.teeworkload;

import static dev.ipfstee.api.v1alpha1.ConditionTypes.AVAILABLE;
import static dev.ipfstee.api.v1alpha1.ConditionTypes.CONFIDENTIAL;
import static dev.ipfstee.api.v1alpha1.ConditionTypes.IMAGES_READY;
import static dev.ipfstee.api.v1alpha1.ConditionTypes.NODES_AVAILABLE;
import static dev.ipfstee.api.v1alpha1.ConditionTypes.RUNTIME_READY;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.api.v1alpha1.TeeWorkloadStatus;
import dev.ipfstee.api.v1alpha1.TeeWorkloadStatus.PinnedImage;
import dev.ipfstee.api.v1alpha1.TeeWorkloadStatus.WorkloadRuntime;
import dev.ipfstee.operator.check.Finding;
import dev.ipfstee.operator.config.Profile;
import dev.ipfstee.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** From what was gathered, checked and observed to the status. Pure but for the clock. */
final class TeeWorkloadStatusReport {
  private static final Set<Reason> ABOUT_IMAGES =
      Set.of(Reason.IMAGE_NOT_PINNED, Reason.MUTABLE_NAME, Reason.PLATFORM_MISSING);
  private static final Set<Reason> ABOUT_RUNTIME =
      Set.of(
          Reason.UNKNOWN_PROFILE, Reason.GUEST_PULL_NOT_CONFIGURED, Reason.RUNTIME_CLASS_NOT_FOUND);

  private static final Set<String> SUMMARY =
      Set.of(ConditionTypes.READY, ConditionTypes.RECONCILING, ConditionTypes.STALLED);

  private final TeeWorkload workload;
  private final TeeWorkloadInputs inputs;
  private final List<Finding> findings;
  private final TeeWorkloadObservation observation;
  private final Conditions conditions;

  private TeeWorkloadStatusReport(
      TeeWorkloadInputs inputs,
      List<Finding> findings,
      TeeWorkloadObservation observation,
      Clock clock) {
    this.workload = inputs.workload();
    this.inputs = inputs;
    this.findings = findings;
    this.observation = observation;
    this.conditions =
        new Conditions(previous(workload), workload.getMetadata().getGeneration(), clock);
  }

  /** The status after a pass. */
  static TeeWorkloadStatus of(
      TeeWorkloadInputs inputs,
      List<Finding> findings,
      TeeWorkloadObservation observation,
      Clock clock) {
    return new TeeWorkloadStatusReport(inputs, findings, observation, clock).report();
  }

  /** The status after a pass that ended in an error: what was known, and that we try again. */
  static TeeWorkloadStatus ofFailure(TeeWorkload workload, String message, Clock clock) {
    List<Condition> summary =
        new Conditions(previous(workload), workload.getMetadata().getGeneration(), clock)
            .summary(Reason.API_SERVER_ERROR, message)
            .build();
    Stream<Condition> others =
        previous(workload).stream().filter(known -> !SUMMARY.contains(known.getType()));
    TeeWorkloadStatus known = workload.getStatus();
    return new TeeWorkloadStatus(
        workload.getMetadata().getGeneration(),
        known == null ? null : known.replicas(),
        known == null ? null : known.readyReplicas(),
        known == null ? null : known.updatedReplicas(),
        WorkloadDeployment.selector(workload),
        known == null ? null : known.images(),
        known == null ? null : known.runtime(),
        Stream.concat(others, summary.stream()).toList());
  }

  private TeeWorkloadStatus report() {
    ImageReadiness images = ImageReadiness.of(inputs);
    Rollout rollout = Rollout.of(observation, inputs.eligibleNodes(), profileName());
    imagesReady(images);
    runtimeReady();
    nodesAvailable();
    confidential();
    available(rollout);
    paused(images);
    ready(images, rollout);
    Optional<DeploymentStatus> counts = observation.deployment().map(Deployment::getStatus);
    return new TeeWorkloadStatus(
        workload.getMetadata().getGeneration(),
        counts.map(DeploymentStatus::getReplicas).orElse(0),
        counts.map(DeploymentStatus::getReadyReplicas).orElse(0),
        counts.map(DeploymentStatus::getUpdatedReplicas).orElse(0),
        WorkloadDeployment.selector(workload),
        pinned(),
        runtime(),
        conditions.build());
  }

  private void imagesReady(ImageReadiness images) {
    Optional<Finding> finding = finding(ABOUT_IMAGES);
    if (finding.isPresent()) {
      conditions.isFalse(IMAGES_READY, finding.get().reason(), finding.get().message());
    } else if (images.ready()) {
      conditions.isTrue(IMAGES_READY, images.reason(), images.message());
    } else {
      conditions.isFalse(IMAGES_READY, images.reason(), images.message());
    }
  }

  private void runtimeReady() {
    Optional<Finding> finding = finding(ABOUT_RUNTIME);
    if (finding.isPresent()) {
      conditions.isFalse(RUNTIME_READY, finding.get().reason(), finding.get().message());
    } else if (inputs.runtimeClassName().isEmpty()) {
      conditions.isTrue(
          RUNTIME_READY,
          Reason.RUNTIME_CLASS_NOT_NEEDED,
          "profile '%s' runs pods with the node's own runtime".formatted(profileName()));
    } else {
      conditions.isTrue(
          RUNTIME_READY,
          Reason.RUNTIME_CLASS_FOUND,
          "RuntimeClass '%s' exists".formatted(inputs.runtimeClassName().get()));
    }
  }

  private void nodesAvailable() {
    if (inputs.profile().isEmpty()) {
      conditions.isUnknown(
          NODES_AVAILABLE, Reason.UNKNOWN_PROFILE, "without a profile no node can be chosen");
      return;
    }
    int eligible = inputs.eligibleNodes();
    if (eligible > 0) {
      // Nodes that don't fit aren't counted, or each of them would change every status.
      conditions.isTrue(
          NODES_AVAILABLE,
          Reason.MATCHING_NODES,
          "nodes that fit profile '%s': %d".formatted(profileName(), eligible));
    } else {
      conditions.isFalse(
          NODES_AVAILABLE,
          Reason.NO_MATCHING_NODE,
          "no node fits profile '%s', which wants %s"
              .formatted(profileName(), NodeDemand.of(inputs)));
    }
  }

  private void confidential() {
    Optional<Finding> refused = finding(Set.of(Reason.NO_TEE));
    if (refused.isPresent()) {
      conditions.isFalse(CONFIDENTIAL, Reason.NO_TEE, refused.get().message());
      return;
    }
    switch (inputs.profile().map(Profile::mode).orElse(null)) {
      case null ->
          conditions.isUnknown(
              CONFIDENTIAL, Reason.UNKNOWN_PROFILE, "profile '" + profileName() + "' is unknown");
      case PodVM ->
          conditions.isTrue(
              CONFIDENTIAL,
              Reason.POD_VM,
              "by profile '%s' each pod is a confidential VM; attestation alone proves it"
                  .formatted(profileName()));
      case NodeVM ->
          conditions.isTrue(
              CONFIDENTIAL,
              Reason.NODE_VM,
              "by profile '%s' the nodes are confidential VMs; attestation alone proves it"
                  .formatted(profileName()));
      case None ->
          conditions.isFalse(
              CONFIDENTIAL,
              Reason.NO_TEE,
              "profile '%s' is no TEE: for development only".formatted(profileName()));
    }
  }

  /** As the Deployment says: an update under way or refused doesn't make the old pods worse. */
  private void available(Rollout rollout) {
    boolean available =
        rollout.reason() != Reason.REPLICA_FAILURE
            && observation
                .condition("Available")
                .filter(c -> "True".equals(c.getStatus()))
                .isPresent();
    if (available) {
      conditions.isTrue(
          AVAILABLE, Reason.MINIMUM_REPLICAS_AVAILABLE, "the Deployment has the pods it needs");
    } else if (observation.deployment().isEmpty() && observation.refusal().isPresent()) {
      Finding refusal = observation.refusal().get();
      conditions.isFalse(AVAILABLE, refusal.reason(), refusal.message());
    } else if (rollout.reason() == Reason.NOT_DEPLOYED
        || rollout.reason() == Reason.REPLICA_FAILURE) {
      conditions.isFalse(AVAILABLE, rollout.reason(), rollout.message());
    } else {
      conditions.isFalse(AVAILABLE, Reason.MINIMUM_REPLICAS_UNAVAILABLE, rollout.message());
    }
  }

  private void paused(ImageReadiness images) {
    if (workload.getSpec().paused()) {
      boolean shown = images.ready() && verdict().isEmpty();
      conditions.isTrue(
          ConditionTypes.PAUSED,
          Reason.PAUSED,
          "what runs is frozen, but for the number of pods; the next Deployment is %s the ConfigMap '%s'"
              .formatted(shown ? "in" : "not yet in", NextDeployment.name(workload)));
    }
  }

  private Optional<Finding> verdict() {
    return TeeWorkloadChecks.ALL.verdict(inputs).or(observation::refusal);
  }

  /** What speaks for the whole: what stands in the way first. */
  private void ready(ImageReadiness images, Rollout rollout) {
    Optional<Finding> verdict = verdict();
    if (verdict.isPresent()) {
      conditions.summary(verdict.get().reason(), verdict.get().message());
    } else if (!images.ready()) {
      conditions.summary(images.reason(), images.message());
    } else if (observation.pending()) {
      conditions.summary(
          Reason.PAUSED,
          "the next Deployment is held back until spec.paused is false: see the ConfigMap '%s'"
              .formatted(NextDeployment.name(workload)));
    } else {
      conditions.summary(rollout.reason(), rollout.message());
    }
  }

  private Optional<Finding> finding(Set<Reason> reasons) {
    return findings.stream().filter(finding -> reasons.contains(finding.reason())).findFirst();
  }

  private List<PinnedImage> pinned() {
    return observation.deployment().map(PinnedImages::of).orElse(List.of());
  }

  private WorkloadRuntime runtime() {
    return new WorkloadRuntime(
        profileName(),
        inputs.profile().map(Profile::mode).map(Enum::name).orElse(null),
        inputs.runtimeClassName().orElse(null),
        inputs.eligibleNodes());
  }

  private String profileName() {
    return workload.getSpec().tee().profile();
  }

  private static List<Condition> previous(TeeWorkload workload) {
    return workload.getStatus() == null ? List.of() : workload.getStatus().conditions();
  }
}
