package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.operator.kubernetes.OwnerRefs;
import java.util.Optional;

/** Puts together what the pass found out about the workload's children. Pure. */
final class TeeWorkloadObserver {
  private TeeWorkloadObserver() {}

  /**
   * @param written what came of applying the Deployment; empty when it wasn't tried
   */
  static TeeWorkloadObservation observe(
      TeeWorkloadInputs inputs, Optional<DeploymentWriter.Result> written) {
    return new TeeWorkloadObservation(
        written
            .flatMap(DeploymentWriter.Result::deployment)
            .or(inputs::deployment)
            .filter(deployment -> OwnerRefs.controls(inputs.workload(), deployment)),
        written.flatMap(DeploymentWriter.Result::refusal),
        written.map(DeploymentWriter.Result::pending).orElse(false),
        PodDiagnosis.of(inputs.pods()));
  }
}
