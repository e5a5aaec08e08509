package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.Peers;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.Platform;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Outcome;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoredImage;
import dev.ipfstee.fetcher.store.StoredReferrer;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Brings what peers list beside an image into the store that has the image. Their word counts as
 * little as that of a layout: what they name must refer to a document of the image, by the subject
 * in its own verified manifest or by its tag, and what they don't give is done without. The image
 * is listed before, so that nothing of this can take it away.
 */
public final class PeerReferrers {
  /** For images that nobody has set a limit for. */
  private static final long MAX_BYTES = 256L << 20;

  private final Peers peers;
  private final BlobStore store;
  private final DiskBudget disk;
  private final int parallel;

  /**
   * @param parallel how many blobs are downloaded at a time, ≥1
   */
  public PeerReferrers(Peers peers, BlobStore store, DiskBudget disk, int parallel) {
    this.peers = peers;
    this.store = store;
    this.disk = disk;
    this.parallel = parallel;
  }

  /**
   * The same for an image that was pulled before, of which at least one platform is stored.
   *
   * @param listed as {@link #bring(StoredImage, SelectedImage, List, long, ProgressCounter)} takes
   *     it
   * @return how many are stored
   * @throws FetchException {@link Reason#CANCELLED}, and what reading the image from the store
   *     brings
   */
  public int bring(StoredImage image, List<Descriptor> listed) {
    DocumentReader stored =
        new DocumentReader(DocumentSources.storeOr(store, PeerReferrers::notStored));
    SelectedImage selected =
        new ImageSelector(stored)
            .select(
                List.of(StoredImages.root(image)),
                Optional.empty(),
                image.platforms().stream().map(Platform::parse).toList(),
                true);
    return bring(image, selected, listed, MAX_BYTES, new ProgressCounter((now, all) -> {}, 0))
        .kept();
  }

  /**
   * Brings all that can be had, and lists it.
   *
   * @param image is listed already
   * @param listed what peers have beside it; anything
   * @param maxBytes the most that it may have together
   * @throws FetchException {@link Reason#CANCELLED}
   */
  Brought bring(
      StoredImage image,
      SelectedImage selected,
      List<Descriptor> listed,
      long maxBytes,
      ProgressCounter progress) {
    Cid cid = Cid.parse(image.cid());
    PeerBlobs blobs = new PeerBlobs(peers, cid);
    DocumentReader documents =
        new DocumentReader(
            DocumentSources.storeOr(
                store,
                DocumentSources.peersOr(blobs, DocumentSources.located(PeerReferrers::absent))));
    ReferrerFetch referrers =
        new ReferrerFetch(
            documents,
            new BlobKeeper(store, blobs, PeerReferrers::absent, disk, progress, parallel));
    try {
      List<StoredReferrer> kept = referrers.run(cid, listed, selected, maxBytes);
      // What is listed stays: peers may have less than who walked to the image.
      store.addImage(image, Set.of(), kept);
      return new Brought(kept.size(), referrers.leftOut());
    } catch (FetchException failure) {
      if (failure.reason().outcome() == Outcome.CANCELLED) {
        throw failure;
      }
      return new Brought(
          0, List.of(new LeftOut(image.digest(), failure.reason(), failure.getMessage())));
    }
  }

  /**
   * What became of them.
   *
   * @param kept how many are stored
   * @param leftOut what isn't
   */
  record Brought(int kept, List<LeftOut> leftOut) {}

  private static byte[] notStored(Descriptor document) {
    throw missing(document.digest(), "it isn't in the store");
  }

  private static BlobSource absent(Descriptor blob) {
    throw missing(blob.digest(), "no peer has it");
  }

  private static FetchException missing(Digest digest, String cause) {
    return new FetchException(
        Reason.CONTENT_NOT_FOUND,
        "failed to find '" + digest + "' of or beside the image: " + cause);
  }
}
