package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.api.v1alpha1.ImagePlatform;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.operator.kubernetes.Nodes;
import java.util.Collection;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * On which architectures the images of a workload run. An image never gets another platform once it
 * is verified, so a node that joins or leaves changes nothing here, and starts no rollout. Pure.
 */
final class Architectures {
  /** The node's label, which each kubelet sets. */
  static final String LABEL = "kubernetes.io/arch";

  private Architectures() {}

  /**
   * Those that all verified images have; they may be none. Empty as long as no image is verified,
   * and without images from IPFS: which platforms a registry's image has nobody knows here.
   */
  static Optional<NavigableSet<String>> ofAll(TeeWorkloadInputs inputs) {
    return inputs.uses().stream()
        .flatMap(use -> inputs.image(use).stream())
        .filter(ImageReadiness::verified)
        .map(Architectures::of)
        .filter(each -> !each.isEmpty())
        .reduce(Architectures::both);
  }

  static NavigableSet<String> of(IpfsImage image) {
    return image.getStatus().platforms().stream()
        .map(ImagePlatform::platform)
        .map(Nodes::architecture)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static NavigableSet<String> both(Collection<String> one, Collection<String> other) {
    NavigableSet<String> common = new TreeSet<>(one);
    common.retainAll(other);
    return common;
  }
}
