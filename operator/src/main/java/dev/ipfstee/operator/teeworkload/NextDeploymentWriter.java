package dev.ipfstee.operator.teeworkload;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ipfstee.api.v1alpha1.ApiLabels;
import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.operator.check.Finding;
import dev.ipfstee.operator.kubernetes.OwnerRefs;
import dev.ipfstee.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Optional;

/** Holds a paused workload's Deployment as it is, and shows the next one in a ConfigMap. */
final class NextDeploymentWriter {
  private final KubernetesClient client;
  private final DeploymentWriter deployments;

  NextDeploymentWriter(KubernetesClient client, DeploymentWriter deployments) {
    this.client = client;
    this.deployments = deployments;
  }

  /**
   * The next one is shown when it is what would be rolled out: its images verified, not refused.
   */
  DeploymentWriter.Result hold(TeeWorkloadInputs inputs) {
    ObjectNode next = WorkloadDeployment.build(inputs);
    DeploymentWriter.Result held =
        deployments.hold(next, inputs.deployment(), inputs.workload().getSpec().replicas());
    return held.refusal().isEmpty() && ImageReadiness.of(inputs).ready()
        ? show(inputs.workload(), next).map(held::refused).orElse(held)
        : held;
  }

  /**
   * Takes back what was shown when the workload goes on. The status remembers that it was paused.
   */
  void clear(TeeWorkload workload) {
    if (!workload.getSpec().paused()
        && workload.getStatus() != null
        && Conditions.isTrue(workload.getStatus().conditions(), ConditionTypes.PAUSED)) {
      Resource<ConfigMap> shown = resource(workload);
      Optional.ofNullable(shown.get())
          .filter(found -> OwnerRefs.controls(workload, found))
          .ifPresent(found -> shown.delete());
    }
  }

  private Optional<Finding> show(TeeWorkload workload, ObjectNode next) {
    String name = NextDeployment.name(workload);
    ConfigMap existing = resource(workload).get();
    if (existing != null && !OwnerRefs.controls(workload, existing)) {
      return Optional.of(
          Finding.needsUser(
              Reason.NAME_CONFLICT,
              ("failed to show the next Deployment: a ConfigMap '%s' exists and isn't this"
                      + " workload's; it is left untouched: rename the workload or remove it")
                  .formatted(name)));
    }
    String yaml = client.getKubernetesSerialization().asYaml(NextDeployment.shown(next));
    if (existing == null || !yaml.equals(existing.getData().get(NextDeployment.KEY))) {
      client
          .configMaps()
          .resource(NextDeployment.configMap(workload, yaml))
          .patch(
              new PatchContext.Builder()
                  .withPatchType(PatchType.SERVER_SIDE_APPLY)
                  .withFieldManager(ApiLabels.MANAGED_BY_OPERATOR)
                  .withForce(true)
                  .build());
    }
    return Optional.empty();
  }

  private Resource<ConfigMap> resource(TeeWorkload workload) {
    return client
        .configMaps()
        .inNamespace(workload.getMetadata().getNamespace())
        .withName(NextDeployment.name(workload));
  }
}
