package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.archive.Scratch;
import dev.ipfstee.fetcher.ipfs.AbsentContent;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.ipfs.Peers;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.Platform;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoredImage;
import dev.ipfstee.fetcher.store.StoredReferrer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Brings an image into a store: recognise, read, choose, check, download, list. Nothing is listed
 * before all of it is stored, so that whatever interrupts a run leaves a store that is right.
 */
public final class ImageFetch {
  private final IpfsContent content;
  private final Peers peers;
  private final BlobStore store;
  private final MinFree minFree;
  private final int parallel;
  private final ProgressListener listener;

  /**
   * @param peers asked first for whatever digest is known
   * @param minFree what is left free on the store's volume
   * @param parallel how many blobs are downloaded at a time, ≥1
   */
  public ImageFetch(
      IpfsContent content,
      Peers peers,
      BlobStore store,
      MinFree minFree,
      int parallel,
      ProgressListener listener) {
    this.content = content;
    this.peers = peers;
    this.store = store;
    this.minFree = minFree;
    this.parallel = parallel;
    this.listener = listener;
  }

  /**
   * Fetches what isn't in the store.
   *
   * @param record is told what is found out
   * @return whether anything had to be fetched; else the store had it all, verified again
   * @throws FetchException for every refusal and failure
   */
  public boolean run(FetchRequest request, RunRecord record) {
    store.progress(request.source(), 0, 0);
    if (isStored(request, record)) {
      store.leftovers().takeOver(Map.of());
      return false;
    }
    DiskBudget disk = new DiskBudget(store, minFree);
    try (Scratch scratch =
        new Scratch(store::scratch, disk::spend, FetchRequest.archiveBytes(request.maxBytes()))) {
      ImageResolver resolver = new ImageResolver(content, scratch);
      if (!isTakenFromPeers(request, record, resolver, disk)) {
        take(request, record, resolver.recognize(request, record), disk, Optional.empty());
      }
    }
    return true;
  }

  /**
   * An expected digest says all that counts of an image, so peers that know it spare the way from
   * the CID to it. Their labels may be wrong: then the gateways are asked as if there were no
   * peers.
   */
  private boolean isTakenFromPeers(
      FetchRequest request, RunRecord record, ImageResolver resolver, DiskBudget disk) {
    BlobLocator others = new LaterBlobs(() -> resolver.recognize(request, record));
    Optional<PeerImages.Found> found = new PeerImages(peers).find(request, others);
    if (found.isEmpty()) {
      return false;
    }
    try {
      take(request, record, found.get().image(), disk, Optional.of(found.get().beside()));
      return true;
    } catch (FetchException failure) {
      if (content instanceof AbsentContent || !maySpringFromLabels(failure)) {
        throw failure;
      }
      return false;
    }
  }

  private static boolean maySpringFromLabels(FetchException failure) {
    return switch (failure.reason().outcome()) {
      case VERIFICATION_FAILED, NOT_AN_IMAGE -> true;
      default -> false;
    };
  }

  /**
   * @param listed what peers list beside the image; empty for one whose CID was walked
   */
  private void take(
      FetchRequest request,
      RunRecord record,
      RecognizedImage recognized,
      DiskBudget disk,
      Optional<List<Descriptor>> listed) {
    PeerBlobs peerBlobs = new PeerBlobs(peers, recognized.cid());
    DocumentReader documents = documents(recognized, peerBlobs);
    ResolvedImage resolved = ImageResolver.resolve(request, recognized, documents, record);
    FetchPlan plan = resolved.plan();
    ProgressCounter progress = new ProgressCounter(progress(request), plan.bytes());
    BlobKeeper blobs =
        new BlobKeeper(store, peerBlobs, recognized.blobs(), disk, progress, parallel);
    blobs.all(plan.layers());
    plan.documents().forEach(document -> blobs.document(document, documents.read(document)));
    StoredImage entry = entry(request, recognized, resolved).withResolved(listed.isEmpty());
    long room = request.maxBytes() - plan.bytes();
    if (listed.isPresent()) {
      store.addImage(entry, Set.of(), List.of());
      PeerReferrers.Brought brought =
          new PeerReferrers(peers, store, disk, parallel)
              .bring(entry, resolved.image(), listed.get(), room, progress);
      record.referrers(brought.kept(), brought.leftOut());
      return;
    }
    ReferrerFetch referrers = new ReferrerFetch(documents, blobs);
    List<StoredReferrer> kept =
        referrers.run(recognized.cid(), recognized.roots(), resolved.image(), room);
    record.referrers(kept.size(), referrers.leftOut());
    store.addImage(entry, digests(plan), kept);
  }

  /** Told to who asks for this run, and to who looks into the store. */
  private ProgressListener progress(FetchRequest request) {
    return (bytes, total) -> {
      store.progress(request.source(), bytes, total);
      listener.progress(bytes, total);
    };
  }

  private static Set<Digest> digests(FetchPlan plan) {
    return plan.documents().stream().map(Descriptor::digest).collect(Collectors.toSet());
  }

  private DocumentReader documents(RecognizedImage image, PeerBlobs asked) {
    return new DocumentReader(
        DocumentSources.storeOr(
            store, DocumentSources.peersOr(asked, DocumentSources.located(image.blobs()))));
  }

  /** Whether the same request was answered before, and all of the answer is still whole. */
  private boolean isStored(FetchRequest request, RunRecord record) {
    Optional<RecognizedImage> stored = new StoredImages(store).use(request);
    if (stored.isEmpty()) {
      return false;
    }
    try {
      ResolvedImage resolved =
          ImageResolver.resolve(
              request,
              stored.get(),
              documents(stored.get(), new PeerBlobs(Peers.none(), stored.get().cid())),
              record);
      List<StoredReferrer> referrers =
          store
              .reader()
              .listing()
              .referrers(stored.get().cid().toString(), digests(resolved.plan()));
      record.referrers(referrers.size(), List.of());
      return resolved.plan().layers().stream()
              .allMatch(layer -> store.hasVerified(layer.digest(), layer.size()))
          && referrers.stream().allMatch(referrer -> ReferrerFetch.isStored(store, referrer));
    } catch (StoredImages.NotStoredException incomplete) {
      return false;
    }
  }

  private static StoredImage entry(
      FetchRequest request, RecognizedImage recognized, ResolvedImage resolved) {
    Descriptor root = resolved.image().root();
    return new StoredImage(
        root.digest(),
        root.mediaType(),
        root.size(),
        recognized.cid().toString(),
        request.source(),
        recognized.layout().label(),
        resolved.image().platforms().stream()
            .map(PlatformImage::platform)
            .map(Platform::toString)
            .toList(),
        resolved.plan().bytes());
  }
}
