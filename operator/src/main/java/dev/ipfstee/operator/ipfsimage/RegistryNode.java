package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.operator.kubernetes.Nodes;
import java.util.List;
import java.util.Optional;

/**
 * A node that carries a ready registry and takes pods.
 *
 * @param platform as {@code linux/amd64}; empty while the node object isn't known
 * @param view what its registry says; empty until it was asked
 */
record RegistryNode(String name, Optional<String> platform, Optional<NodeInventory.View> view) {

  Optional<NodeInventory.Unreachable> unreachable() {
    return view.filter(NodeInventory.Unreachable.class::isInstance)
        .map(NodeInventory.Unreachable.class::cast);
  }

  /** Whether pods of an image with these platforms can run there, as far as one knows. */
  boolean runs(List<String> platforms) {
    return platform
        .map(Nodes::architecture)
        .map(own -> platforms.stream().map(Nodes::architecture).anyMatch(own::equals))
        .orElse(true);
  }

  boolean holds(ResolvedImage image) {
    return view.filter(NodeInventory.Holding.class::isInstance)
        .map(NodeInventory.Holding.class::cast)
        .filter(held -> held.holds(image.cid(), image.digest(), image.platformNames()))
        .isPresent();
  }

  /** Whether a fetch there could be seen to succeed. */
  boolean answers() {
    return view.filter(NodeInventory.Holding.class::isInstance).isPresent();
  }
}
