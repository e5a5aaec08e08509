package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Peers;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.store.ImageListing;
import dev.ipfstee.fetcher.store.StoredImage;
import java.util.List;
import java.util.Optional;

/**
 * Recognises an image by what peers say of it. They may say anything: only an image whose digest is
 * expected is looked for, so all that they can be wrong about is a label.
 */
record PeerImages(Peers peers) {

  /**
   * Looks for the image with the expected digest that was asked for in the same words.
   *
   * @param blobs finds what no peer has of it
   * @return empty when no digest is expected or no peer has it
   */
  Optional<Found> find(FetchRequest request, BlobLocator blobs) {
    return request
        .expectedDigest()
        .flatMap(
            digest ->
                peers.ask(
                    ImageListing.path(digest),
                    ImageListing.MAX_BYTES,
                    answer ->
                        ImageListing.read(answer).stream()
                            .filter(image -> answers(image, request, digest))
                            .flatMap(
                                image -> StoredImages.recognized(image, request, blobs).stream())
                            .filter(image -> isReferred(image, request))
                            .map(image -> new Found(image, beside(answer, image)))
                            .findFirst()));
  }

  private static List<Descriptor> beside(byte[] answer, RecognizedImage image) {
    return ImageListing.readReferrers(answer, image.cid().toString());
  }

  /**
   * What a peer lists.
   *
   * @param beside manifests that may refer to the image, or be anything
   */
  record Found(RecognizedImage image, List<Descriptor> beside) {}

  private static boolean answers(StoredImage image, FetchRequest request, Digest digest) {
    return image.digest().equals(digest)
        && image.source().equals(request.source())
        && request.layout().map(Layout::label).orElse(image.layout()).equals(image.layout());
  }

  /** Without a path the reference names the image itself. */
  private static boolean isReferred(RecognizedImage image, FetchRequest request) {
    return !request.reference().path().isEmpty() || image.cid().equals(request.reference().root());
  }
}
