package dev.ipfstee.fetcher.fetch;

import java.io.OutputStream;

/** Where the bytes of one blob come from; as many as its descriptor says. */
interface BlobSource {
  /**
   * Writes all of them; those of IPFS are checked against their CIDs.
   *
   * @throws dev.ipfstee.fetcher.report.FetchException when they can't be had
   */
  void read(OutputStream sink);
}
