package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.store.ImageListing;
import dev.ipfstee.fetcher.store.StoredImage;
import dev.ipfstee.fetcher.store.StoredReferrer;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Answers other nodes: as the registry does, from this node's store alone, so that no question goes
 * round in circles; and which images of a digest are listed here, with what lies beside them.
 * Blocking and thread-safe.
 */
final class PeerHandler {
  private static final String IMAGES = "/images/";

  private final RegistryHandler registry;
  private final RegistryContents contents;

  PeerHandler(RegistryHandler registry, RegistryContents contents) {
    this.registry = registry;
    this.contents = contents;
  }

  /** All that came with images of these CIDs: who asks finds out what refers to what. */
  private List<StoredReferrer> beside(List<StoredImage> images) {
    Set<String> cids = images.stream().map(StoredImage::cid).collect(Collectors.toSet());
    return contents.listing().referrers().stream()
        .filter(referrer -> cids.contains(referrer.cid()))
        .toList();
  }

  Answer answer(RegistryRequest request) {
    if (!request.path().startsWith(IMAGES) || !request.isRead()) {
      return registry.answer(request);
    }
    try {
      Digest digest = Digest.parse(request.path().substring(IMAGES.length()));
      List<StoredImage> images =
          contents.imagesAndPulls().stream()
              .filter(image -> image.digest().equals(digest))
              .toList();
      return Answer.json(200, ImageListing.write(images, beside(images)));
    } catch (FetchException refused) {
      return Answer.error(
          refused.reason().outcome().retryable() ? ErrorCode.UNAVAILABLE : ErrorCode.DIGEST_INVALID,
          refused.getMessage());
    }
  }
}
