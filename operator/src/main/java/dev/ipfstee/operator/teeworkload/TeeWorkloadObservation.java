package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.operator.check.Finding;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import java.util.List;
import java.util.Optional;

/**
 * What the pass found out about the workload's children.
 *
 * @param deployment the workload's own Deployment, as it is after this pass
 * @param refusal what the server said against the Deployment, if it was asked and refused
 * @param pending whether the Deployment that the spec asks for is held back and is another one
 * @param diagnosis what keeps pods from being ready
 */
record TeeWorkloadObservation(
    Optional<Deployment> deployment,
    Optional<Finding> refusal,
    boolean pending,
    Optional<PodDiagnosis.Diagnosis> diagnosis) {

  /** The Deployment's condition of that type. */
  Optional<DeploymentCondition> condition(String type) {
    return deployment
        .map(Deployment::getStatus)
        .map(status -> status.getConditions())
        .orElse(List.of())
        .stream()
        .filter(condition -> type.equals(condition.getType()))
        .findFirst();
  }
}
