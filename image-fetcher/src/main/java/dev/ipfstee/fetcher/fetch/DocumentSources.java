package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.BlobStore;
import java.io.ByteArrayOutputStream;

/** The places of documents: the store, peers, and IPFS. */
final class DocumentSources {
  private DocumentSources() {}

  /**
   * Reads what is in the store from there, after a look at its hash, and the rest from elsewhere.
   */
  static DocumentReader.Source storeOr(BlobStore store, DocumentReader.Source other) {
    return document ->
        store.hasVerified(document.digest(), document.size())
            ? store.reader().readDocument(document.digest(), DocumentReader.MAX_BYTES)
            : other.read(document);
  }

  /** Reads what peers have from there, and the rest from elsewhere. */
  static DocumentReader.Source peersOr(PeerBlobs peers, DocumentReader.Source other) {
    return document -> peers.document(document).orElseGet(() -> other.read(document));
  }

  /** Reads from where the layout has it: the whole is checked against its digest. */
  static DocumentReader.Source located(BlobLocator blobs) {
    return document -> {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) document.size());
      blobs.locate(document).read(bytes);
      checkDigest(document, bytes.toByteArray());
      return bytes.toByteArray();
    };
  }

  private static void checkDigest(Descriptor document, byte[] bytes) {
    Digest digest = document.digest();
    Digest actual = Digest.of(digest.algorithm(), bytes);
    if (!actual.equals(digest)) {
      throw new FetchException(
          Reason.DIGEST_MISMATCH,
          "failed to read document '"
              + digest
              + "': found "
              + actual
              + "; the publisher must publish the image again");
    }
  }
}
