package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Removes images from a store until it is within a quota. Their entries go first and for good, then
 * what nothing else needs, so that a crash leaves blobs without an owner at worst, which the next
 * sweep removes. All is decided and taken out of sight under the store's lock; whoever has a file
 * open reads it to its end.
 */
public final class StoreSweep {
  private final BlobStore store;
  private final Request request;

  public StoreSweep(BlobStore store, Request request) {
    this.store = store;
    this.request = request;
  }

  /**
   * What is wanted.
   *
   * @param quota what the blobs may have together, in bytes
   * @param minAge what was used or written since so long stays
   * @param keep the CIDs, in version 1 and base32, whose images stay: of the image itself or the
   *     root of the reference that it was fetched by
   * @param dryRun whether to remove nothing
   */
  public record Request(long quota, Duration minAge, Set<String> keep, boolean dryRun) {
    public Request {
      keep = Set.copyOf(keep);
    }

    private boolean keeps(StoredImage image) {
      return keep.contains(image.cid()) || keep.contains(image.root());
    }
  }

  /**
   * What a sweep has removed, or would.
   *
   * @param images the entries that went, in that order
   * @param blobs how many files
   * @param before the size in bytes of all blobs
   * @param after the size of those that stay
   */
  public record Result(List<StoredImage> images, int blobs, long before, long after) {
    public Result {
      images = List.copyOf(images);
    }
  }

  /**
   * Sweeps.
   *
   * @throws FetchException {@link Reason#STORE_CORRUPT} for an index that can't be read, {@link
   *     Reason#STORE_LOCKED}, {@link Reason#IO_ERROR}
   */
  public Result run() {
    Path removed = store.scratch();
    try {
      Result result = store.locked(() -> sweep(removed));
      FileTree.delete(removed);
      return result;
    } catch (IOException cause) {
      throw StoreErrors.of("sweep", store.reader().layout().root(), cause);
    }
  }

  private Result sweep(Path removed) throws IOException {
    StoreReader reader = store.reader();
    StoreIndex index = reader.index();
    SweepPlan plan =
        SweepPlan.of(
            SweepSurvey.of(reader, index, request::keeps),
            request.quota(),
            Instant.now().minus(request.minAge()));
    List<Digest> going = plan.images().stream().map(SweepState.Image::digest).toList();
    List<StoredImage> entries =
        going.stream().flatMap(digest -> entries(index.listing(), digest)).toList();
    if (!request.dryRun()) {
      unlist(index, Set.copyOf(going), plan.cids());
      take(plan.blobs(), removed);
    }
    return new Result(entries, plan.blobs().size(), plan.before(), plan.after());
  }

  /** Those that are listed, and those of which a part was pulled. */
  private Stream<StoredImage> entries(StoreListing listing, Digest digest) {
    return Stream.concat(listing.images().stream(), store.reader().pulls().stream())
        .filter(image -> image.digest().equals(digest));
  }

  private void unlist(StoreIndex index, Set<Digest> images, Set<String> cids) throws IOException {
    if (images.isEmpty()) {
      return;
    }
    PullList pulls = new PullList(store.reader(), store.session());
    for (StoredImage pull : store.reader().pulls()) {
      if (images.contains(pull.digest())) {
        pulls.remove(pull);
      }
    }
    index.remove(images, cids);
    DurableFiles.replace(
        store.session().newFile("index"), store.reader().layout().index(), index.toBytes());
  }

  /** Into a directory of this run: renaming is quick, and a kill leaves them to the next run. */
  private void take(Set<Digest> blobs, Path removed) throws IOException {
    if (blobs.isEmpty()) {
      return;
    }
    StoreLayout layout = store.reader().layout();
    DurableFiles.ensureDirectory(removed);
    for (Digest blob : blobs) {
      try {
        Files.move(
            layout.blob(blob),
            removed.resolve(blob.algorithm().label() + "-" + blob.hex()),
            StandardCopyOption.ATOMIC_MOVE);
      } catch (NoSuchFileException gone) {
        // To quarantine, since.
      }
    }
    for (Digest.Algorithm algorithm :
        blobs.stream().map(Digest::algorithm).collect(Collectors.toSet())) {
      DurableFiles.syncDirectory(layout.blobs(algorithm));
    }
  }
}
