package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.ImageGraph;
import dev.ipfstee.fetcher.store.StoredImage;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Lists images as soon as all of one of their platforms has come from peers. Thread-safe. */
final class PulledImages {
  private final PullStore store;
  private final RegistryContents contents;
  private final JsonLog log;

  PulledImages(PullStore store, RegistryContents contents, JsonLog log) {
    this.store = store;
    this.contents = contents;
    this.log = log;
  }

  /** An image's own document is stored; what it names may be pulled from now on. */
  void begin(StoredImage listed) {
    store.get().addPull(listed.with(List.of(), listed.size()));
    update(listed.cid());
  }

  /** Something that this image, or one that shares it, was waiting for is stored. */
  synchronized void update(String cid) {
    contents.forget(cid);
    for (StoredImage image : contents.imagesAndPulls()) {
      if (image.cid().equals(cid) || image.platforms().isEmpty()) {
        try {
          update(image);
        } catch (FetchException failure) {
          log.warn(
              "failed to list an image that was pulled",
              Map.of("image", image.digest().toString(), "cause", failure.getMessage()));
        }
      }
    }
  }

  private void update(StoredImage image) {
    BlobStore open = store.get();
    ImageGraph graph = ImageGraph.read(open.reader(), image.descriptor());
    if (platforms(image, graph).size() == image.platforms().size()) {
      return;
    }
    Set<Digest> blobs = graph.nodes().keySet();
    open.claim(blobs);
    try {
      // What a sweep has removed in between counts as missing, and from here on none does.
      Set<String> platforms = platforms(image, graph);
      if (platforms.size() > image.platforms().size()) {
        open.addImage(
            image.with(List.copyOf(platforms), graph.storedBytes(open.reader())),
            Set.of(),
            List.of());
        log.info(
            "an image was pulled from peers",
            Map.of("cid", image.cid(), "digest", image.digest(), "platforms", platforms));
      }
    } finally {
      open.release(blobs);
    }
  }

  /** Those that were listed, and those that are complete now. */
  private Set<String> platforms(StoredImage image, ImageGraph graph) {
    Set<String> platforms = new LinkedHashSet<>(image.platforms());
    platforms.addAll(graph.completePlatforms(store.get().reader()));
    return platforms;
  }
}
