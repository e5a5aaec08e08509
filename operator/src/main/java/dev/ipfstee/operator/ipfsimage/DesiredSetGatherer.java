package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.operator.kubernetes.OwnerRefs;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.reconciler.ResourceCache;
import io.javaoperatorsdk.operator.health.InformerHealthIndicator;
import io.javaoperatorsdk.operator.health.InformerWrappingEventSourceHealthIndicator;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Reads from the caches what the nodes are to be told. */
final class DesiredSetGatherer {
  private final ResourceCache<IpfsImage> images;
  private final ResourceCache<Pod> registryPods;
  private final NodeInventory inventory;

  /** Whether all registries were asked at some time. */
  private boolean surveyed;

  /**
   * @param images a cache of the framework, which tells whether it is filled
   */
  DesiredSetGatherer(
      ResourceCache<IpfsImage> images, ResourceCache<Pod> registryPods, NodeInventory inventory) {
    this.images = images;
    this.registryPods = registryPods;
    this.inventory = inventory;
  }

  /**
   * @param owner of the registries' pods; empty when they have none
   */
  record Gathered(DesiredSet set, Optional<OwnerReference> owner) {}

  /**
   * Empty when half the truth would be told: the caches aren't filled yet, or a registry wasn't
   * asked since the start. Empty too when there is nobody to tell it to.
   */
  Optional<Gathered> gather() {
    // Those that go have lost their owner, maybe, and what is written for them would outlive it.
    List<Pod> pods =
        list(registryPods).stream()
            .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
            .toList();
    if (pods.isEmpty() || !filled(images) || !filled(registryPods) || !surveyed(pods)) {
      return Optional.empty();
    }
    List<DesiredSet.Registry> registries =
        pods.stream().filter(RegistryPods::ready).map(this::registry).toList();
    return Optional.of(new Gathered(DesiredSet.of(list(images), registries), owner(pods)));
  }

  private DesiredSet.Registry registry(Pod pod) {
    String node = pod.getSpec().getNodeName();
    Set<NodeInventory.HeldImage> held =
        inventory
            .of(node)
            .filter(NodeInventory.Holding.class::isInstance)
            .map(NodeInventory.Holding.class::cast)
            .map(NodeInventory.Holding::images)
            .orElse(Set.of());
    return new DesiredSet.Registry(node, RegistryPods.ip(pod), held);
  }

  /** Later on a registry that has just come must not hold up what is told to all others. */
  private boolean surveyed(List<Pod> pods) {
    surveyed =
        surveyed
            || pods.stream()
                .filter(RegistryPods::ready)
                .allMatch(pod -> inventory.of(pod.getSpec().getNodeName()).isPresent());
    return surveyed;
  }

  private static Optional<OwnerReference> owner(List<Pod> pods) {
    return pods.stream()
        .sorted(
            Comparator.comparing(
                    (Pod pod) -> pod.getMetadata().getCreationTimestamp(),
                    Comparator.reverseOrder())
                .thenComparing(pod -> pod.getMetadata().getName()))
        .flatMap(pod -> pod.getMetadata().getOwnerReferences().stream())
        .filter(reference -> Boolean.TRUE.equals(reference.getController()))
        .findFirst()
        .map(OwnerRefs::along);
  }

  private static <T extends HasMetadata> List<T> list(ResourceCache<T> cache) {
    try (Stream<T> cached = cache.list()) {
      return cached.toList();
    }
  }

  private static boolean filled(ResourceCache<?> cache) {
    return cache instanceof InformerWrappingEventSourceHealthIndicator<?> informers
        && informers.informerHealthIndicators().values().stream()
            .allMatch(InformerHealthIndicator::hasSynced);
  }
}
