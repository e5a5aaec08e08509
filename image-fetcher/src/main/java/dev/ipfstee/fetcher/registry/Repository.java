package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.store.ImageGraph;
import dev.ipfstee.fetcher.store.StoredReferrer;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that is served under one {@code ipfs/<cid>}: what can be reached from the images that were
 * fetched for that CID, and nothing else of the store.
 */
final class Repository {
  static final String LATEST = "latest";

  private final Set<Digest> images;
  private final Map<Digest, ImageGraph.Node> nodes = new LinkedHashMap<>();
  private final SortedMap<String, Digest> tags = new TreeMap<>();

  /**
   * @param images the digests of the images to which this CID was found to lead
   * @param referrers what came with them
   * @param graphs the content of both; what couldn't be read is missing
   */
  Repository(Collection<Digest> images, List<StoredReferrer> referrers, List<ImageGraph> graphs) {
    this.images = new LinkedHashSet<>(images);
    if (this.images.size() == 1) {
      tags.put(LATEST, this.images.iterator().next());
    }
    for (StoredReferrer referrer : referrers) {
      referrer.tag().ifPresent(tag -> tags.putIfAbsent(tag.toString(), referrer.digest()));
    }
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
   * The images to which the CID was found to lead: one, unless it was fetched by two layouts or for
   * two platforms; none when all was pulled from peers by a digest that who asked knew.
   */
  Set<Digest> images() {
    return images;
  }

  /**
   * What the tags stand for: {@value #LATEST} for the image where there's one, and those of its
   * referrers.
   */
  SortedMap<String, Digest> tags() {
    return Collections.unmodifiableSortedMap(tags);
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
