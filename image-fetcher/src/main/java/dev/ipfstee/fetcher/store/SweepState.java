package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a sweep decides on: a store at one moment.
 *
 * @param blobs all that are there
 * @param images one for each digest that is listed or was pulled in part, in the order of the list
 * @param referrers what came with them
 * @param needed blobs that stay whatever becomes of the images: those that living runs rely on, and
 *     those of other tools' entries
 * @param known whether all that other tools' entries need could be read
 */
record SweepState(
    Map<Digest, Blob> blobs,
    List<Image> images,
    List<Referrer> referrers,
    Set<Digest> needed,
    boolean known) {

  SweepState {
    blobs = Map.copyOf(blobs);
    images = List.copyOf(images);
    referrers = List.copyOf(referrers);
    needed = Set.copyOf(needed);
  }

  /**
   * A file.
   *
   * @param size in bytes
   */
  record Blob(long size, Instant written) {}

  /**
   * All entries of one digest.
   *
   * @param cids the repositories that have it
   * @param needs every blob that its documents name, stored or not
   * @param whole whether all of its documents could be read, so that it needs nothing else
   * @param used when it was fetched last, or found whole by a fetch
   */
  record Image(
      Digest digest,
      Set<String> cids,
      Set<Digest> needs,
      boolean whole,
      Instant used,
      Protection protection) {
    Image {
      cids = Set.copyOf(cids);
      needs = Set.copyOf(needs);
    }
  }

  /** Why an image stays whatever its age. */
  enum Protection {
    NONE,
    /** The administrator says so. */
    KEPT,
    /** A run that is alive relies on it. */
    IN_USE
  }

  /**
   * A signature or the like.
   *
   * @param cid the repository that it is part of
   * @param needs every blob that its manifest names, and itself
   */
  record Referrer(String cid, Set<Digest> needs) {
    Referrer {
      needs = Set.copyOf(needs);
    }
  }
}
