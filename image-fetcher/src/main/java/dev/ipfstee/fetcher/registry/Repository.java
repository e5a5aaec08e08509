package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.store.ImageGraph;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All that is served under one {@code ipfs/<cid>}: what can be reached from the images that were
 * fetched for that CID, and nothing else of the store.
 */
final class Repository {
  private final Set<Digest> images;
  private final Map<Digest, ImageGraph.Node> nodes = new LinkedHashMap<>();

  /**
   * @param images the digests of the images with this CID
   * @param graphs their content; those that couldn't be read are missing
   */
  Repository(Collection<Digest> images, List<ImageGraph> graphs) {
    this.images = new LinkedHashSet<>(images);
    for (ImageGraph graph : graphs) {
      graph
          .nodes()
          .forEach(
              (digest, node) ->
                  nodes.merge(digest, node, (one, other) -> other.isDocument() ? other : one));
    }
  }

  Optional<ImageGraph.Node> node(Digest digest) {
    return Optional.ofNullable(nodes.get(digest));
  }

  /**
   * The images; a repository has one, unless it was fetched by two layouts or for two platforms.
   */
  Set<Digest> images() {
    return images;
  }

  /** The stored manifests whose subject is this digest. */
  List<ImageGraph.Node> referrers(Digest subject) {
    return nodes.values().stream()
        .filter(ImageGraph.Node::stored)
        .filter(node -> node.referrer().filter(of -> of.subject().equals(subject)).isPresent())
        .toList();
  }

  int weight() {
    return nodes.size();
  }
}
