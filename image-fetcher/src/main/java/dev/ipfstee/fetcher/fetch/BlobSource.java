package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.PlainBytes;
import java.io.OutputStream;
import java.util.Optional;

/** Where the bytes of one blob come from; as many as its descriptor says. */
interface BlobSource {
  /**
   * Writes all of them; those of IPFS are checked against their CIDs.
   *
   * @throws dev.ipfstee.fetcher.report.FetchException when they can't be had
   */
  void read(OutputStream sink);

  /**
   * Writes them unchecked, for a caller who knows their digest.
   *
   * @return empty when they can't be had so, whatever was written
   */
  default Optional<PlainBytes> readPlain(OutputStream sink) {
    return Optional.empty();
  }
}
