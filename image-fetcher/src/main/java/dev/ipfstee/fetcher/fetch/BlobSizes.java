package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.archive.MemberFile;
import dev.ipfstee.fetcher.ipfs.Entity;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;

/** Compares what a document and what its source say about one blob. */
final class BlobSizes {
  private BlobSizes() {}

  static void check(Descriptor blob, Entity.File file) {
    check(blob, "the file " + file.cid(), file.size());
  }

  static void check(Descriptor blob, MemberFile member) {
    check(blob, "the archive", member.size());
  }

  private static void check(Descriptor blob, String source, long size) {
    if (size != blob.size()) {
      throw new FetchException(
          Reason.SIZE_MISMATCH,
          "failed to accept blob '"
              + blob.digest()
              + "': its descriptor says "
              + blob.size()
              + " bytes, "
              + source
              + " has "
              + size
              + "; the publisher must publish the image again");
    }
  }
}
