package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.api.v1alpha1.Reason;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import java.util.Optional;

/**
 * How far a Deployment is, by the rules of {@code kubectl rollout status}. Pure.
 *
 * @param reason {@link Reason#MINIMUM_REPLICAS_AVAILABLE} when nothing is left to do
 */
record Rollout(Reason reason, String message) {

  static Rollout of(TeeWorkloadObservation observation, int eligibleNodes, String profile) {
    if (observation.deployment().isEmpty()) {
      return new Rollout(Reason.NOT_DEPLOYED, "there is no Deployment yet");
    }
    Optional<DeploymentCondition> failure =
        observation.condition("ReplicaFailure").filter(c -> "True".equals(c.getStatus()));
    if (failure.isPresent()) {
      return new Rollout(
          Reason.REPLICA_FAILURE, "pods can't be created: " + failure.get().getMessage());
    }
    Deployment deployment = observation.deployment().get();
    if (complete(deployment)) {
      int replicas = deployment.getSpec().getReplicas();
      return new Rollout(
          Reason.MINIMUM_REPLICAS_AVAILABLE, "%d of %d pods run".formatted(replicas, replicas));
    }
    return unfinished(observation, deployment, eligibleNodes, profile);
  }

  private static Rollout unfinished(
      TeeWorkloadObservation observation, Deployment deployment, int eligible, String profile) {
    boolean stuck =
        observation
            .condition("Progressing")
            .filter(c -> "ProgressDeadlineExceeded".equals(c.getReason()))
            .isPresent();
    String progress = progress(deployment);
    if (eligible == 0) {
      return new Rollout(
          Reason.NO_MATCHING_NODE,
          progress + "; pods stay pending until a node fits profile '" + profile + "'");
    }
    Reason reason = stuck ? Reason.ROLLOUT_STUCK : Reason.ROLLOUT_PROGRESSING;
    return observation
        .diagnosis()
        .map(
            found ->
                new Rollout(
                    stuck || found.reason() == Reason.ROLLOUT_PROGRESSING ? reason : found.reason(),
                    progress + "; " + found.message()))
        .orElseGet(() -> new Rollout(reason, progress));
  }

  private static boolean complete(Deployment deployment) {
    DeploymentStatus status = deployment.getStatus();
    int wanted = deployment.getSpec().getReplicas();
    return status != null
        && status.getObservedGeneration() != null
        && status.getObservedGeneration() >= deployment.getMetadata().getGeneration()
        && number(status.getUpdatedReplicas()) >= wanted
        && number(status.getReplicas()) <= number(status.getUpdatedReplicas())
        && number(status.getAvailableReplicas()) >= wanted;
  }

  private static String progress(Deployment deployment) {
    DeploymentStatus status = deployment.getStatus();
    return "%d of %d pods are updated, %d available"
        .formatted(
            status == null ? 0 : number(status.getUpdatedReplicas()),
            deployment.getSpec().getReplicas(),
            status == null ? 0 : number(status.getAvailableReplicas()));
  }

  static int number(Integer value) {
    return value == null ? 0 : value;
  }
}
