package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.store.ImageListing;

/**
 * Answers other nodes: as the registry does, from this node's store alone, so that no question goes
 * round in circles; and which images of a digest are listed here. Blocking and thread-safe.
 */
final class PeerHandler {
  private static final String IMAGES = "/images/";

  private final RegistryHandler registry;
  private final RegistryContents contents;

  PeerHandler(RegistryHandler registry, RegistryContents contents) {
    this.registry = registry;
    this.contents = contents;
  }

  Answer answer(RegistryRequest request) {
    if (!request.path().startsWith(IMAGES) || !request.isRead()) {
      return registry.answer(request);
    }
    try {
      Digest digest = Digest.parse(request.path().substring(IMAGES.length()));
      return Answer.json(
          200,
          ImageListing.write(
              contents.imagesAndPulls().stream()
                  .filter(image -> image.digest().equals(digest))
                  .toList()));
    } catch (FetchException refused) {
      return Answer.error(
          refused.reason().outcome().retryable() ? ErrorCode.UNAVAILABLE : ErrorCode.DIGEST_INVALID,
          refused.getMessage());
    }
  }
}
