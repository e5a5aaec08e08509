package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;

/**
 * Something beside an image that wasn't kept. An image must not be unavailable because of a broken
 * signature; whoever asks for a signature finds none, and so refuses.
 *
 * @param digest of its manifest
 * @param reason why
 * @param message the same for people
 */
record LeftOut(Digest digest, Reason reason, String message) {
  /**
   * For a failure that is the content's own, and would come again with every run.
   *
   * @throws FetchException the failure itself, when it is another's: of the gateways, of the disk,
   *     of who stopped the run
   */
  static LeftOut because(Descriptor referrer, FetchException failure) {
    boolean contentsOwn =
        switch (failure.reason().outcome()) {
          case NOT_FOUND, NOT_AN_IMAGE, POLICY_REJECTED, LIMIT_EXCEEDED, INVALID_REFERENCE -> true;
          case VERIFICATION_FAILED ->
              failure.reason() != Reason.BLOCK_MISMATCH && failure.reason() != Reason.MALFORMED_CAR;
          default -> false;
        };
    if (!contentsOwn) {
      throw failure;
    }
    return new LeftOut(referrer.digest(), failure.reason(), failure.getMessage());
  }

  @Override
  public String toString() {
    return digest + " (" + reason.label() + ")";
  }
}
