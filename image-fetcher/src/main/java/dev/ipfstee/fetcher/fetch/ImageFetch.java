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
import dev.ipfstee.fetcher.store.BlobWriter;
import dev.ipfstee.fetcher.store.StoredImage;
import dev.ipfstee.fetcher.store.StoredReferrer;
import java.util.ArrayList;
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
        take(request, record, resolver.recognize(request, record), disk, true);
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
    Optional<RecognizedImage> found = new PeerImages(peers).find(request, others);
    if (found.isEmpty()) {
      return false;
    }
    try {
      take(request, record, found.get(), disk, false);
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

  private void take(
      FetchRequest request,
      RunRecord record,
      RecognizedImage recognized,
      DiskBudget disk,
      boolean isWalked) {
    PeerBlobs peerBlobs = new PeerBlobs(peers, recognized.cid());
    DocumentReader documents = documents(recognized, peerBlobs);
    ResolvedImage resolved = ImageResolver.resolve(request, recognized, documents, record);
    FetchPlan plan = resolved.plan();
    ProgressCounter progress = new ProgressCounter(store, request.source(), listener, plan.bytes());
    Blobs blobs =
        new Blobs(
            disk,
            progress,
            new BlobDownloads(peerBlobs, recognized.blobs(), store, disk, progress));
    blobs.all(plan.layers());
    plan.documents().forEach(document -> blobs.document(document, documents.read(document)));
    StoredImage entry = entry(request, recognized, resolved).withResolved(isWalked);
    if (!isWalked) {
      // What lies beside an image only who has walked to it knows; what is listed stays.
      store.addImage(entry, Set.of(), List.of());
      return;
    }
    ReferrerFetch referrers = new ReferrerFetch(documents, blobs);
    List<StoredReferrer> kept =
        referrers.run(recognized, resolved.image(), request.maxBytes() - plan.bytes());
    record.referrers(kept.size(), referrers.leftOut());
    store.addImage(entry, digests(plan), kept);
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

  /** Brings blobs into the store that aren't there. */
  private final class Blobs implements ReferrerFetch.Download {
    private final DiskBudget disk;
    private final ProgressCounter progress;
    private final BlobDownloads downloads;

    Blobs(DiskBudget disk, ProgressCounter progress, BlobDownloads downloads) {
      this.disk = disk;
      this.progress = progress;
      this.downloads = downloads;
    }

    @Override
    public void expect(long bytes) {
      progress.expect(bytes);
    }

    @Override
    public void all(List<Descriptor> blobs) {
      List<Descriptor> missing = new ArrayList<>();
      for (Descriptor blob : blobs) {
        if (store.hasVerified(blob.digest(), blob.size())) {
          progress.add(blob.size());
        } else {
          missing.add(blob);
        }
      }
      long kept = store.leftovers().takeOver(sizes(missing));
      disk.require(missing.stream().mapToLong(Descriptor::size).reduce(0, Sizes::sum) - kept);
      downloads.run(missing, parallel);
    }

    private static Map<Digest, Long> sizes(List<Descriptor> blobs) {
      return blobs.stream()
          .collect(Collectors.toMap(Descriptor::digest, Descriptor::size, (one, same) -> one));
    }

    @Override
    public void document(Descriptor document, byte[] bytes) {
      if (!store.hasVerified(document.digest(), document.size())) {
        try (BlobWriter writer = store.write(document.digest(), document.size())) {
          writer.write(bytes, 0, bytes.length);
          writer.commit();
        }
      }
      progress.add(document.size());
    }
  }
}
