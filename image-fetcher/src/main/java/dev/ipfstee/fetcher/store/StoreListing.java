package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What this program listed in {@code index.json}, of one moment.
 *
 * @param images in the order in which they were added
 * @param referrers what came with them and refers to them
 */
public record StoreListing(List<StoredImage> images, List<StoredReferrer> referrers) {
  public StoreListing {
    images = List.copyOf(images);
    referrers = List.copyOf(referrers);
  }

  /** All that came with the images of this CID. */
  public List<StoredReferrer> referrers(String cid) {
    return referrers.stream().filter(referrer -> referrer.cid().equals(cid)).toList();
  }

  /**
   * What refers to these documents, or to what refers to them.
   *
   * @param cid the repository
   * @param documents an image's indexes and manifests
   */
  public List<StoredReferrer> referrers(String cid, Set<Digest> documents) {
    List<StoredReferrer> rest = new ArrayList<>(referrers(cid));
    List<StoredReferrer> found = new ArrayList<>();
    Set<Digest> subjects = new HashSet<>(documents);
    for (boolean more = true; more; ) {
      List<StoredReferrer> next =
          rest.stream().filter(referrer -> subjects.contains(referrer.subject())).toList();
      found.addAll(next);
      rest.removeAll(next);
      next.forEach(referrer -> subjects.add(referrer.digest()));
      more = !next.isEmpty();
    }
    return found;
  }

  /** Whether every blob of an image's platforms, and of all that refers to it, is in the store. */
  public boolean isComplete(StoreReader store, StoredImage image, ImageGraph graph) {
    return graph.isComplete(store, image.platforms())
        && referrers(image.cid(), graph.nodes().keySet()).stream()
            .allMatch(referrer -> referrer.isComplete(store));
  }
}
