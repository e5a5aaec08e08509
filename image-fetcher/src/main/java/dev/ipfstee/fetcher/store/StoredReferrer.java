package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.ReferrerTag;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A signature, SBOM, attestation or the like that is in the store beside the image that it refers
 * to. Nothing of it is ever run.
 *
 * @param digest of its manifest
 * @param mediaType of its manifest
 * @param size its manifest's size in bytes
 * @param cid the CID of the image that it came with: the repository's name
 * @param subject what it refers to: an index or manifest of that image, or another referrer
 * @param tag the tag by which clients find it, where it came with one
 * @param artifactType what kind of thing it is, where its manifest says so
 */
public record StoredReferrer(
    Digest digest,
    String mediaType,
    long size,
    String cid,
    Digest subject,
    Optional<ReferrerTag> tag,
    Optional<String> artifactType) {

  public StoredReferrer {
    Objects.requireNonNull(digest);
    Objects.requireNonNull(mediaType);
    Objects.requireNonNull(cid);
    Objects.requireNonNull(subject);
    if (size < 0) {
      throw new IllegalArgumentException("a size is negative");
    }
  }

  /** What names its manifest. */
  public Descriptor descriptor() {
    return new Descriptor(mediaType, digest, size);
  }

  /** Whether all of it is in the store with its right size. */
  public boolean isComplete(StoreReader store) {
    return ImageGraph.read(store, descriptor()).isComplete(store, List.of());
  }
}
