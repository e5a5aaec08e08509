package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.store.FetchProgress;
import dev.ipfstee.fetcher.store.ImageGraph;
import dev.ipfstee.fetcher.store.ImageListing;
import dev.ipfstee.fetcher.store.JsonTree;
import dev.ipfstee.fetcher.store.StoreListing;
import dev.ipfstee.fetcher.store.StoreReader;
import dev.ipfstee.fetcher.store.StoredImage;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the operator polls: the images of which every blob is there, and the fetches under way. It
 * is computed at most once a second, however many ask.
 */
final class Inventory {
  private static final long VERSION = 1;

  /** More of them are news of the disk, not of each blob. */
  private static final int MAX_DAMAGES = 64;

  private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();

  private final StoreReader store;
  private final RegistryContents contents;
  private final Supplier<Map<Digest, String>> damages;

  private Snapshot latest;

  /**
   * @param damages what is wrong with blobs, by digest
   */
  Inventory(StoreReader store, RegistryContents contents, Supplier<Map<Digest, String>> damages) {
    this.store = store;
    this.contents = contents;
    this.damages = damages;
  }

  /**
   * @param body the JSON document
   * @param etag its entity tag, quoted
   * @param images how many images are complete
   * @param takenAt {@link System#nanoTime()}
   */
  record Snapshot(byte[] body, String etag, int images, long takenAt) {}

  /**
   * The present state, at most a second old.
   *
   * @throws FetchException when the store can't be read
   */
  synchronized Snapshot snapshot() {
    if (latest == null || System.nanoTime() - latest.takenAt() > FRESH_NANOS) {
      latest = take();
    }
    return latest;
  }

  private Snapshot take() {
    List<Object> images = new ArrayList<>();
    Map<Digest, ImageGraph> graphs = new LinkedHashMap<>();
    StoreListing listing = contents.listing();
    for (StoredImage image : listing.images()) {
      if (isComplete(listing, image, graphs)) {
        images.add(ImageListing.describe(image));
      }
    }
    List<Object> fetches = new ArrayList<>();
    for (FetchProgress fetch : FetchProgress.list(store.layout())) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("source", fetch.source());
      entry.put("bytes", fetch.bytes());
      entry.put("total", fetch.total());
      fetches.add(entry);
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("version", VERSION);
    document.put("images", images);
    document.put("fetches", fetches);
    document.put("damaged", damaged());
    byte[] body = JsonTree.bytes(document);
    return new Snapshot(body, etag(body), images.size(), System.nanoTime());
  }

  private List<Object> damaged() {
    List<Object> blobs = new ArrayList<>();
    damages
        .get()
        .forEach(
            (digest, finding) -> {
              if (blobs.size() < MAX_DAMAGES) {
                Map<String, Object> entry = new LinkedHashMap<>();
                entry.put("digest", digest.toString());
                entry.put("finding", finding);
                blobs.add(entry);
              }
            });
    return blobs;
  }

  private boolean isComplete(
      StoreListing listing, StoredImage image, Map<Digest, ImageGraph> graphs) {
    try {
      return listing.isComplete(
          store,
          image,
          graphs.computeIfAbsent(image.digest(), unused -> ImageGraph.read(store, image)));
    } catch (FetchException damaged) {
      return false;
    }
  }

  private static String etag(byte[] body) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(body);
      return "\"" + HexFormat.of().formatHex(hash, 0, 16) + "\"";
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has SHA-256", impossible);
    }
  }
}
