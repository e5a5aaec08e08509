package dev.ipfstee.operator.teeworkload;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ipfstee.api.v1alpha1.ApiAnnotations;
import dev.ipfstee.api.v1alpha1.ApiLabels;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.RolloutStrategy;
import dev.ipfstee.api.v1alpha1.RolloutStrategy.RollingUpdate;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.operator.config.Profile;
import dev.ipfstee.operator.kubernetes.OwnerRefs;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The Deployment of a workload, as a tree: the template keeps every byte that isn't ours to set,
 * also of fields that this program has never heard of. Pure.
 */
final class WorkloadDeployment {
  /** Stands for a digest that isn't known yet, where only the form of the Deployment is tried. */
  private static final String PLACEHOLDER = "localhost:5050/ipfs/unknown@sha256:" + "0".repeat(64);

  /** The default of a Deployment, for maxUnavailable and maxSurge. */
  private static final IntOrString QUARTER = new IntOrString("25%");

  private WorkloadDeployment() {}

  /**
   * Every image that isn't verified yet is replaced by a placeholder, so this is for a dry run
   * unless all are.
   *
   * @throws java.util.NoSuchElementException without a profile; the checks come first
   */
  static ObjectNode build(TeeWorkloadInputs inputs) {
    TeeWorkload workload = inputs.workload();
    ObjectNode deployment = JsonNodeFactory.instance.objectNode();
    deployment.put("apiVersion", "apps/v1").put("kind", "Deployment");
    metadata(deployment.putObject("metadata"), inputs);
    ObjectNode spec = deployment.putObject("spec");
    spec.put("replicas", workload.getSpec().replicas());
    spec.put("revisionHistoryLimit", workload.getSpec().revisionHistoryLimit());
    strategy(spec, workload.getSpec().strategy());
    spec.putObject("selector").putObject("matchLabels").put(ApiLabels.WORKLOAD, name(workload));
    spec.set("template", template(inputs));
    return deployment;
  }

  /** The label selector of the pods, as text. */
  static String selector(TeeWorkload workload) {
    return ApiLabels.WORKLOAD + "=" + name(workload);
  }

  private static String name(TeeWorkload workload) {
    return workload.getMetadata().getName();
  }

  private static void metadata(ObjectNode metadata, TeeWorkloadInputs inputs) {
    TeeWorkload workload = inputs.workload();
    metadata.put("name", name(workload));
    metadata.put("namespace", workload.getMetadata().getNamespace());
    // One that was looked at and is replaced by a namesake in between is refused by the server.
    inputs.deployment().ifPresent(found -> metadata.put("uid", found.getMetadata().getUid()));
    metadata
        .putObject("labels")
        .put(ApiLabels.MANAGED_BY, ApiLabels.MANAGED_BY_OPERATOR)
        .put(ApiLabels.WORKLOAD, name(workload));
    OwnerReference owner = OwnerRefs.controller(workload);
    metadata
        .putArray("ownerReferences")
        .addObject()
        .put("apiVersion", owner.getApiVersion())
        .put("kind", owner.getKind())
        .put("name", owner.getName())
        .put("uid", owner.getUid())
        .put("controller", true)
        .put("blockOwnerDeletion", true);
  }

  /**
   * What is defaulted is said too: fields that the server fills in are nobody's, so they would
   * stay, and be refused, when the type changes to Recreate.
   */
  private static void strategy(ObjectNode spec, RolloutStrategy strategy) {
    ObjectNode node = spec.putObject("strategy");
    if (strategy != null && strategy.type() == RolloutStrategy.Type.Recreate) {
      node.put("type", strategy.type().name());
      return;
    }
    Optional<RollingUpdate> written =
        Optional.ofNullable(strategy).map(RolloutStrategy::rollingUpdate);
    node.put("type", RolloutStrategy.Type.RollingUpdate.name());
    ObjectNode update = node.putObject("rollingUpdate");
    put(update, "maxUnavailable", written.map(RollingUpdate::maxUnavailable).orElse(QUARTER));
    put(update, "maxSurge", written.map(RollingUpdate::maxSurge).orElse(QUARTER));
  }

  private static void put(ObjectNode node, String field, IntOrString value) {
    if (value.getIntVal() != null) {
      node.put(field, value.getIntVal());
    } else {
      node.put(field, value.getStrVal());
    }
  }

  private static JsonNode template(TeeWorkloadInputs inputs) {
    Profile profile = inputs.profile().orElseThrow();
    ObjectNode template = inputs.workload().getSpec().template().deepCopy();
    ObjectNode metadata = Template.object(template, "metadata");
    Template.object(metadata, "labels").put(ApiLabels.WORKLOAD, name(inputs.workload()));
    ObjectNode spec = Template.object(template, "spec");
    inputs.runtimeClassName().ifPresent(name -> spec.put("runtimeClassName", name));
    Set<String> ofRuntimeClass = inputs.runtimeClassNodeSelector().keySet();
    RequiredNodeAffinity.restrict(spec, profile.nodeSelectorTerms(), ofRuntimeClass);
    Architectures.ofAll(inputs)
        .ifPresent(these -> RequiredNodeAffinity.restrict(spec, Architectures.LABEL, these));
    Map<String, String> annotations = new TreeMap<>(profile.annotations());
    if (profile.mode() == Profile.Mode.PodVM) {
      // Without it containerd pulls for its default runtime (KEP-4216 is still alpha).
      inputs
          .runtimeClass()
          .ifPresent(
              found ->
                  annotations.put(ApiAnnotations.CONTAINERD_RUNTIME_HANDLER, found.getHandler()));
    }
    annotations.putAll(pin(template, inputs));
    if (!annotations.isEmpty()) {
      annotations.forEach(Template.object(metadata, "annotations")::put);
    }
    return template;
  }

  /** Pins the containers in place, and returns the annotations that tell them so. */
  private static Map<String, String> pin(ObjectNode template, TeeWorkloadInputs inputs) {
    Map<String, String> references = new HashMap<>();
    for (ImageUse use : inputs.uses()) {
      if (use.ipfsImage().isPresent()) {
        references.put(
            use.container(),
            inputs
                .image(use)
                .filter(ImageReadiness::verified)
                .map(IpfsImage::getStatus)
                .map(status -> status.reference())
                .orElse(PLACEHOLDER));
      }
    }
    Map<String, String> annotations = new TreeMap<>();
    for (JsonNode container : Template.containers(template)) {
      String name = container.path("name").asText();
      if (references.containsKey(name) && container instanceof ObjectNode object) {
        object.put("image", references.get(name));
        if (!object.hasNonNull("imagePullPolicy")) {
          // By digest a copy that the node has is as good as a new one.
          object.put("imagePullPolicy", "IfNotPresent");
        }
        annotations.put(ApiAnnotations.containerImage(name), references.get(name));
      }
    }
    return annotations;
  }
}
