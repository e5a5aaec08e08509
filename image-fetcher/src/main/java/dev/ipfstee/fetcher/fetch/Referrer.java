package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.Manifest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.oci.ReferrerTag;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.StoredReferrer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A signature, SBOM, attestation or the like that lies beside an image.
 *
 * @param descriptor of its manifest
 * @param manifest what that says
 * @param subject what it refers to
 * @param tag the tag by which clients look for it, where the layout says so
 */
record Referrer(
    Descriptor descriptor, Manifest manifest, Digest subject, Optional<ReferrerTag> tag) {

  /** The most that one of them may have, its manifest included: SBOMs have some tens of MB. */
  static final long MAX_BYTES = 64L << 20;

  /** Its config and layers. */
  List<Descriptor> blobs() {
    return blobs(manifest);
  }

  static List<Descriptor> blobs(Manifest manifest) {
    List<Descriptor> blobs = new ArrayList<>(manifest.layers());
    blobs.add(manifest.config());
    return blobs.stream().distinct().toList();
  }

  /** All of it, in bytes. */
  long bytes() {
    return blobs().stream().mapToLong(Descriptor::size).reduce(descriptor.size(), Sizes::sum);
  }

  /**
   * Checks what it may be.
   *
   * @throws FetchException {@link Reason#MEDIA_TYPE_REJECTED} for an image: nobody lints what isn't
   *     chosen, so nothing that could be run is kept; {@link Reason#FOREIGN_URLS}, {@link
   *     Reason#IMAGE_TOO_LARGE}
   */
  void check() {
    if (manifest.isImage()) {
      throw new FetchException(
          Reason.MEDIA_TYPE_REJECTED,
          "failed to accept '"
              + descriptor.digest()
              + "' beside the image: it is an image to run itself");
    }
    descriptor.refuseForeignUrls();
    blobs().forEach(Descriptor::refuseForeignUrls);
    manifest.subject().ifPresent(Descriptor::refuseForeignUrls);
    if (bytes() > MAX_BYTES) {
      throw new FetchException(
          Reason.IMAGE_TOO_LARGE,
          "failed to accept '"
              + descriptor.digest()
              + "' beside the image: it has "
              + bytes()
              + " bytes, at most "
              + MAX_BYTES
              + " are allowed");
    }
  }

  /**
   * How the store lists it.
   *
   * @param cid the repository
   */
  StoredReferrer stored(String cid) {
    return new StoredReferrer(
        descriptor.digest(),
        descriptor.mediaType(),
        descriptor.size(),
        cid,
        subject,
        tag,
        manifest
            .artifactType()
            .or(
                () ->
                    Optional.of(manifest.config().mediaType())
                        .filter(type -> !MediaTypes.isConfig(type))));
  }
}
