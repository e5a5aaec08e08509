package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.api.v1alpha1.ApiAnnotations;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.operator.config.Profile;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Everything that a pass decides upon, read once. Nothing in it may be changed: it comes from
 * shared caches.
 *
 * @param uses the containers and what they shall run
 * @param images the IpfsImages that they name, as far as they exist, by name
 * @param ownImages all IpfsImages of which the workload is an owner
 * @param profile empty when the operator has none of that name
 * @param profileNames the names that it has
 * @param runtimeClassName what pods shall run under; empty for the node's own runtime
 * @param runtimeClass the object of that name; empty when it doesn't exist
 * @param nodeLabels the labels of each node that takes pods
 * @param deployment the Deployment of the workload's name, whoever made it
 * @param replicaSets those of the workload
 * @param pods those of the workload
 */
record TeeWorkloadInputs(
    TeeWorkload workload,
    List<ImageUse> uses,
    Map<String, IpfsImage> images,
    List<IpfsImage> ownImages,
    Optional<Profile> profile,
    SortedSet<String> profileNames,
    Optional<String> runtimeClassName,
    Optional<RuntimeClass> runtimeClass,
    List<Map<String, String>> nodeLabels,
    Optional<Deployment> deployment,
    List<ReplicaSet> replicaSets,
    List<Pod> pods) {

  TeeWorkloadInputs {
    uses = List.copyOf(uses);
    images = Map.copyOf(images);
    ownImages = List.copyOf(ownImages);
    nodeLabels = List.copyOf(nodeLabels);
    replicaSets = List.copyOf(replicaSets);
    pods = List.copyOf(pods);
  }

  /** The IpfsImage of a container; empty when it names none or that doesn't exist. */
  Optional<IpfsImage> image(ImageUse use) {
    return use.ipfsImage().map(images::get);
  }

  /** What a RuntimeClass selects nodes by; empty without one. */
  Map<String, String> runtimeClassNodeSelector() {
    return runtimeClass
        .map(RuntimeClass::getScheduling)
        .map(scheduling -> scheduling.getNodeSelector())
        .orElse(Map.of());
  }

  /** Number of nodes that fit the profile, the RuntimeClass and the images. */
  int eligibleNodes() {
    Map<String, String> selector = runtimeClassNodeSelector();
    Optional<NavigableSet<String>> architectures = Architectures.ofAll(this);
    return (int)
        nodeLabels.stream()
            .filter(labels -> profile.map(p -> p.matches(labels)).orElse(false))
            .filter(labels -> labels.entrySet().containsAll(selector.entrySet()))
            .filter(
                labels ->
                    architectures
                        .map(these -> these.contains(labels.getOrDefault(Architectures.LABEL, "")))
                        .orElse(true))
            .count();
  }

  /** References that some revision of the Deployment still runs or can be rolled back to. */
  Set<String> referencesInUse() {
    return Stream.concat(
            replicaSets.stream().map(set -> set.getSpec().getTemplate()),
            deployment.stream().map(d -> d.getSpec().getTemplate()))
        .filter(template -> template != null && template.getMetadata() != null)
        .map(template -> template.getMetadata().getAnnotations())
        .filter(annotations -> annotations != null)
        .flatMap(annotations -> annotations.entrySet().stream())
        .filter(entry -> entry.getKey().startsWith(ApiAnnotations.CONTAINER_IMAGE_PREFIX))
        .map(Map.Entry::getValue)
        .collect(Collectors.toUnmodifiableSet());
  }
}
