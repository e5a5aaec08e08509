package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.operator.kubernetes.ManagedLabels;
import dev.ipfstee.operator.kubernetes.ResourceNames;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The ConfigMap by which the desired set gets to the nodes. Pure. */
final class DesiredSetConfigMap {
  static final String KEY = "desired.json.gz";

  private DesiredSetConfigMap() {}

  /**
   * @param owner with which it goes: an uninstall leaves nothing behind
   */
  static ConfigMap of(DesiredSetFile file, String namespace, Optional<OwnerReference> owner) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName(ResourceNames.DESIRED_SET)
        .withNamespace(namespace)
        .withLabels(ManagedLabels.of(ManagedLabels.COMPONENT_REGISTRY))
        .withOwnerReferences(owner.stream().toList())
        .endMetadata()
        .addToBinaryData(KEY, file.base64())
        .build();
  }

  /** Whether what we write is there as it is; what others have added is none of our business. */
  static boolean isIn(ConfigMap existing, ConfigMap wanted) {
    return existing != null
        && Objects.equals(content(existing), content(wanted))
        && labels(existing).entrySet().containsAll(labels(wanted).entrySet())
        && existing
            .getMetadata()
            .getOwnerReferences()
            .containsAll(wanted.getMetadata().getOwnerReferences());
  }

  private static String content(ConfigMap map) {
    return map.getBinaryData() == null ? null : map.getBinaryData().get(KEY);
  }

  private static Map<String, String> labels(ConfigMap map) {
    return map.getMetadata().getLabels() == null ? Map.of() : map.getMetadata().getLabels();
  }
}
