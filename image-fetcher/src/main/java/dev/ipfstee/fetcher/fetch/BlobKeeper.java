package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.BlobWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Brings blobs into the store that aren't there. */
final class BlobKeeper {
  private final BlobStore store;
  private final DiskBudget disk;
  private final ProgressCounter progress;
  private final BlobDownloads downloads;
  private final int parallel;

  /**
   * @param parallel how many blobs are downloaded at a time, ≥1
   */
  BlobKeeper(
      BlobStore store,
      PeerBlobs peers,
      BlobLocator blobs,
      DiskBudget disk,
      ProgressCounter progress,
      int parallel) {
    this.store = store;
    this.disk = disk;
    this.progress = progress;
    this.downloads = new BlobDownloads(peers, blobs, store, disk, progress);
    this.parallel = parallel;
  }

  /** Tells how many bytes follow that nobody knew of before. */
  void expect(long bytes) {
    progress.expect(bytes);
  }

  void all(List<Descriptor> blobs) {
    // Else each would take the store's lock for itself.
    store.claim(blobs.stream().map(Descriptor::digest).toList());
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

  void document(Descriptor document, byte[] bytes) {
    if (!store.hasVerified(document.digest(), document.size())) {
      try (BlobWriter writer = store.write(document.digest(), document.size())) {
        writer.write(bytes, 0, bytes.length);
        writer.commit();
      }
    }
    progress.add(document.size());
  }
}
