package dev.ipfstee.fetcher.registry;

import java.net.InetAddress;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/**
 * The images that the cluster wants on its nodes, as the operator knew them when it wrote them
 * down.
 *
 * @param complete whether it names all of them
 * @param images by CID, version 1 in base32: where each of them was when the set was written; at
 *     most {@value DesiredDocument#MAX_IMAGES}. The CID is that of the image, or the root of its
 *     reference while it isn't resolved
 */
record DesiredSet(boolean complete, Map<String, Set<InetAddress>> images) {
  DesiredSet {
    images = Collections.unmodifiableMap(images);
  }

  /** Whether the cluster wants what has this CID. */
  boolean lists(String cid) {
    return images.containsKey(cid);
  }

  /** The addresses of the nodes' registries that had this image; none for one that isn't listed. */
  Set<InetAddress> holders(String cid) {
    return images.getOrDefault(cid, Set.of());
  }
}
