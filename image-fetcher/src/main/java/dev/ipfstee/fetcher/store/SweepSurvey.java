package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import java.io.IOException;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Reads from a store what a sweep decides on. The caller holds the store's lock. */
final class SweepSurvey {
  private final StoreReader store;
  private final Predicate<StoredImage> kept;
  private final Set<Digest> claims;

  private SweepSurvey(StoreReader store, Predicate<StoredImage> kept, Set<Digest> claims) {
    this.store = store;
    this.kept = kept;
    this.claims = claims;
  }

  /**
   * Reads the present state.
   *
   * @param kept whether an image stays because the administrator says so
   */
  static SweepState of(StoreReader store, StoreIndex index, Predicate<StoredImage> kept)
      throws IOException {
    return new SweepSurvey(store, kept, BlobClaims.ofLivingRuns(store.layout())).read(index);
  }

  private SweepState read(StoreIndex index) {
    StoreListing listing = index.listing();
    Map<Digest, List<StoredImage>> entries = new LinkedHashMap<>();
    listing.images().forEach(image -> entry(entries, image));
    Set<Digest> listed = Set.copyOf(entries.keySet());
    store.pulls().forEach(image -> entry(entries, image));
    List<SweepState.Image> images = new ArrayList<>();
    entries.forEach(
        (digest, same) -> images.add(image(digest, same, listing, listed.contains(digest))));
    Set<Digest> needed = new HashSet<>(claims);
    boolean known = true;
    for (Descriptor foreign : index.foreign()) {
      Optional<ImageGraph> graph = graph(foreign);
      needed.addAll(needs(foreign, graph));
      known &= graph.map(SweepSurvey::hasAllDocuments).orElse(false);
    }
    return new SweepState(
        blobs(),
        images,
        listing.referrers().stream()
            .map(
                referrer ->
                    new SweepState.Referrer(
                        referrer.cid(), needs(referrer.descriptor(), graph(referrer.descriptor()))))
            .toList(),
        needed,
        known && index.isUnderstood());
  }

  private static void entry(Map<Digest, List<StoredImage>> entries, StoredImage image) {
    entries.computeIfAbsent(image.digest(), unused -> new ArrayList<>()).add(image);
  }

  private SweepState.Image image(
      Digest digest, List<StoredImage> same, StoreListing listing, boolean isListed) {
    Descriptor root = same.getFirst().descriptor();
    Optional<ImageGraph> graph = graph(root);
    return new SweepState.Image(
        digest,
        same.stream().map(StoredImage::cid).collect(Collectors.toSet()),
        needs(root, graph),
        // Of an image that is pulled only those blobs are there which a stored document names.
        graph
            .map(
                read ->
                    !isListed
                        || same.stream().allMatch(image -> listing.isComplete(store, image, read)))
            .orElse(false),
        store
            .attributes(digest)
            .map(file -> file.lastModifiedTime().toInstant())
            .orElse(Instant.EPOCH),
        claims.contains(digest)
            ? SweepState.Protection.IN_USE
            : same.stream().anyMatch(kept)
                ? SweepState.Protection.KEPT
                : SweepState.Protection.NONE);
  }

  /** Empty when it can't be read. */
  private Optional<ImageGraph> graph(Descriptor root) {
    try {
      return Optional.of(ImageGraph.read(store, root));
    } catch (FetchException damaged) {
      return Optional.empty();
    }
  }

  private static Set<Digest> needs(Descriptor root, Optional<ImageGraph> graph) {
    return graph.map(read -> read.nodes().keySet()).orElse(Set.of(root.digest()));
  }

  private static boolean hasAllDocuments(ImageGraph graph) {
    return graph.nodes().values().stream().allMatch(ImageGraph.Node::stored);
  }

  private Map<Digest, SweepState.Blob> blobs() {
    Map<Digest, SweepState.Blob> blobs = new HashMap<>();
    for (Digest digest : store.blobs()) {
      Optional<BasicFileAttributes> file = store.attributes(digest);
      file.ifPresent(
          is ->
              blobs.put(digest, new SweepState.Blob(is.size(), is.lastModifiedTime().toInstant())));
    }
    return blobs;
  }
}
