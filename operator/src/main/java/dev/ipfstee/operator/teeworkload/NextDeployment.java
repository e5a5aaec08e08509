package dev.ipfstee.operator.teeworkload;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ipfstee.api.v1alpha1.ApiLabels;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.operator.kubernetes.OwnerRefs;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.util.List;

/**
 * Where the Deployment of a paused workload is shown, for tools that make a policy of it
 * (genpolicy, Contrast) before it runs. Pure.
 */
final class NextDeployment {
  static final String KEY = "deployment.yaml";

  private NextDeployment() {}

  static String name(TeeWorkload workload) {
    return workload.getMetadata().getName() + "-next";
  }

  /** As the operator would apply it, without what ties it to this cluster's objects. */
  static ObjectNode shown(ObjectNode next) {
    ObjectNode shown = next.deepCopy();
    Template.object(shown, "metadata").remove(List.of("uid", "ownerReferences"));
    return shown;
  }

  static ConfigMap configMap(TeeWorkload workload, String yaml) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName(name(workload))
        .withNamespace(workload.getMetadata().getNamespace())
        .addToLabels(ApiLabels.MANAGED_BY, ApiLabels.MANAGED_BY_OPERATOR)
        .addToLabels(ApiLabels.WORKLOAD, workload.getMetadata().getName())
        .withOwnerReferences(OwnerRefs.controller(workload))
        .endMetadata()
        .addToData(KEY, yaml)
        .build();
  }
}
