package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.store.ImageGraph;
import dev.ipfstee.fetcher.store.StoreListing;
import dev.ipfstee.fetcher.store.StoreReader;
import dev.ipfstee.fetcher.store.StoredImage;
import dev.ipfstee.fetcher.store.StoredReferrer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the store holds, by repository. It is read again when {@code index.json} has been replaced;
 * between two such changes a repository's documents are read once. Thread-safe.
 */
final class RegistryContents {
  /** Together some 20 MB of heap. */
  private static final int MAX_CACHED_NODES = 40_000;

  private final StoreReader store;
  private final JsonLog log;

  private Object version;
  private StoreListing listing = new StoreListing(List.of(), List.of());
  private List<StoredImage> pulls = List.of();
  private final Map<String, Repository> repositories = new LinkedHashMap<>(16, 0.75f, true);
  private int cachedNodes;

  RegistryContents(StoreReader store, JsonLog log) {
    this.store = store;
    this.log = log;
  }

  /**
   * What is listed in the store now.
   *
   * @throws FetchException when the store can't be read
   */
  synchronized StoreListing listing() {
    Object current = store.listVersion();
    if (!current.equals(version)) {
      listing = store.listing();
      pulls = store.pulls();
      repositories.clear();
      cachedNodes = 0;
      version = current;
    }
    return listing;
  }

  /**
   * The same, and those of which a part was pulled from peers.
   *
   * @throws FetchException when the store can't be read
   */
  synchronized List<StoredImage> imagesAndPulls() {
    return Stream.concat(listing().images().stream(), pulls.stream()).toList();
  }

  /**
   * A repository; empty when no image was fetched or pulled for this CID.
   *
   * @param cid CIDv1 in base32
   * @throws FetchException when the store can't be read
   */
  synchronized Optional<Repository> repository(String cid) {
    List<StoredImage> mine =
        imagesAndPulls().stream().filter(image -> image.cid().equals(cid)).toList();
    if (mine.isEmpty()) {
      return Optional.empty();
    }
    Repository cached = repositories.get(cid);
    if (cached == null) {
      cached = read(mine, listing.referrers(cid));
      repositories.put(cid, cached);
      cachedNodes += cached.weight();
      evict(cid);
    }
    return Optional.of(cached);
  }

  /** Forgets a repository whose documents turned out to have changed without the index. */
  synchronized void forget(String cid) {
    Repository forgotten = repositories.remove(cid);
    if (forgotten != null) {
      cachedNodes -= forgotten.weight();
    }
  }

  private Repository read(List<StoredImage> mine, List<StoredReferrer> referrers) {
    Set<Descriptor> roots = new LinkedHashSet<>();
    mine.forEach(image -> roots.add(image.descriptor()));
    referrers.forEach(referrer -> roots.add(referrer.descriptor()));
    List<ImageGraph> graphs = new ArrayList<>();
    for (Descriptor root : roots) {
      try {
        graphs.add(ImageGraph.read(store, root));
      } catch (FetchException unusable) {
        // One image that went bad must not take others with it.
        log.warn(
            "failed to read an image of the store",
            Map.of("image", root.digest().toString(), "cause", unusable.getMessage()));
      }
    }
    List<Digest> resolved =
        mine.stream().filter(StoredImage::resolved).map(StoredImage::digest).toList();
    return new Repository(resolved, referrers, graphs);
  }

  private void evict(String keep) {
    var eldest = repositories.entrySet().iterator();
    while (cachedNodes > MAX_CACHED_NODES && eldest.hasNext()) {
      var entry = eldest.next();
      if (!entry.getKey().equals(keep)) {
        cachedNodes -= entry.getValue().weight();
        eldest.remove();
      }
    }
  }
}
