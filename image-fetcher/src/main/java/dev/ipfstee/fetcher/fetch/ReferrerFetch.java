package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.Manifest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoredReferrer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Brings what refers to an image into the store, whole or not at all: its manifest is written last,
 * and it is listed only when all of it is there.
 */
final class ReferrerFetch {
  /** Each blob that no gateway has takes a minute to be sure of. */
  private static final int MAX_ABSENT = 2;

  private final DocumentReader documents;
  private final BlobKeeper download;
  private final List<LeftOut> leftOut = new ArrayList<>();

  ReferrerFetch(DocumentReader documents, BlobKeeper download) {
    this.documents = documents;
    this.download = download;
  }

  /** Whether a listed one is in the store, whole and right. */
  static boolean isStored(BlobStore store, StoredReferrer listed) {
    if (!store.hasVerified(listed.digest(), listed.size())) {
      return false;
    }
    Manifest manifest =
        Manifest.parse(
            store.reader().readDocument(listed.digest(), DocumentReader.MAX_BYTES),
            listed.mediaType(),
            "manifest " + listed.digest());
    return Referrer.blobs(manifest).stream()
        .allMatch(blob -> store.hasVerified(blob.digest(), blob.size()));
  }

  /**
   * Fetches all that can be had.
   *
   * @param cid the repository
   * @param roots what lies beside the image, or may
   * @param maxBytes the most that they may have together
   * @return what is stored of them
   * @throws FetchException what isn't the content's own fault, see {@link LeftOut#because}
   */
  List<StoredReferrer> run(Cid cid, List<Descriptor> roots, SelectedImage image, long maxBytes) {
    ReferrerSearch search = new ReferrerSearch(documents);
    search.search(roots, image);
    leftOut.addAll(search.leftOut());
    List<StoredReferrer> kept = new ArrayList<>();
    Set<Digest> refused = new HashSet<>();
    long room = maxBytes;
    int absent = 0;
    for (Referrer referrer : search.found()) {
      try {
        if (refused.contains(referrer.subject())) {
          throw refusal(Reason.BLOB_MISSING, referrer, "what it refers to was left out");
        }
        if (absent > MAX_ABSENT) {
          throw refusal(
              Reason.CONTENT_NOT_FOUND, referrer, "others weren't found, so it wasn't asked for");
        }
        if (referrer.bytes() > room) {
          throw refusal(
              Reason.IMAGE_TOO_LARGE,
              referrer,
              "it has "
                  + referrer.bytes()
                  + " bytes, "
                  + room
                  + " of --max-bytes are left; raise it");
        }
        fetch(referrer);
        room -= referrer.bytes();
        kept.add(referrer.stored(cid.toString()));
      } catch (FetchException e) {
        leftOut.add(LeftOut.because(referrer.descriptor(), e));
        refused.add(referrer.descriptor().digest());
        absent += e.reason() == Reason.CONTENT_NOT_FOUND ? 1 : 0;
      }
    }
    return kept;
  }

  /** What there is and wasn't kept. */
  List<LeftOut> leftOut() {
    return List.copyOf(leftOut);
  }

  private void fetch(Referrer referrer) {
    download.expect(referrer.bytes());
    download.all(referrer.blobs());
    download.document(referrer.descriptor(), documents.read(referrer.descriptor()));
  }

  private static FetchException refusal(Reason reason, Referrer referrer, String cause) {
    return new FetchException(
        reason,
        "failed to accept '" + referrer.descriptor().digest() + "' beside the image: " + cause);
  }
}
