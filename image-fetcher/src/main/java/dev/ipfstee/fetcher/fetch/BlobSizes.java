package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Entity;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;

/** Compares what a document and what a DAG say about one blob. */
final class BlobSizes {
  private BlobSizes() {}

  static void check(Descriptor blob, Entity.File file) {
    if (file.size() != blob.size()) {
      throw new FetchException(
          Reason.SIZE_MISMATCH,
          "failed to accept blob '"
              + blob.digest()
              + "': its descriptor says "
              + blob.size()
              + " bytes, the file "
              + file.cid()
              + " has "
              + file.size()
              + "; the publisher must publish the image again");
    }
  }
}
