package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;

/** Knows where the blobs of one layout are. Thread-safe. */
interface BlobLocator {
  /**
   * Finds a blob, and checks before its bytes are asked for what can be: that its size, and its
   * digest where the CID implies one, are those of the descriptor.
   *
   * @throws FetchException {@link Reason#BLOB_MISSING} when it is provably absent, {@link
   *     Reason#SIZE_MISMATCH}, {@link Reason#DIGEST_MISMATCH}, {@link Reason#MALFORMED_MANIFEST}
   *     when the descriptor doesn't lead to it
   */
  BlobSource locate(Descriptor blob);
}
