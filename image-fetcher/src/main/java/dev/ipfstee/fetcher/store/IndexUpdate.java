package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Adds to {@code index.json}, under the store's lock and at once or not at all. */
final class IndexUpdate {
  private final StoreLayout layout;
  private final StoreOptions options;
  private final StoreReader reader;
  private final IngestSession session;

  IndexUpdate(StoreLayout layout, StoreOptions options, StoreReader reader, IngestSession session) {
    this.layout = layout;
    this.options = options;
    this.reader = reader;
    this.session = session;
  }

  /** As {@link BlobStore#addImage(StoredImage, Set, List)} says. */
  void add(StoredImage image, Set<Digest> documents, List<StoredReferrer> referrers) {
    if (!reader.blobSize(image.digest()).equals(Optional.of(image.size()))) {
      throw StoreErrors.corrupt(
          layout.blob(image.digest()),
          "expected a regular file of " + image.size() + " bytes before the image is listed",
          "fetch the image again");
    }
    try {
      // Whoever renamed the blobs, their names must outlive a power loss that the index outlives.
      DurableFiles.syncDirectory(layout.blobs(Digest.Algorithm.SHA256));
      if (Files.isDirectory(layout.blobs(Digest.Algorithm.SHA512), LinkOption.NOFOLLOW_LINKS)) {
        DurableFiles.syncDirectory(layout.blobs(Digest.Algorithm.SHA512));
      }
      StoreLock.holding(
          layout.lock(),
          options.lockTimeout(),
          () -> {
            ImageAge.renew(reader, image.digest());
            addLocked(image, documents, referrers);
            new PullList(reader, session).remove(image);
            return null;
          });
    } catch (IOException cause) {
      throw StoreErrors.of("write", layout.index(), cause);
    }
  }

  private void addLocked(StoredImage image, Set<Digest> documents, List<StoredReferrer> referrers)
      throws IOException {
    StoreIndex index = reader.index();
    StoreListing listing = index.listing();
    StoredImage merged = merge(listing.images(), image);
    List<StoredReferrer> old = listing.referrers(image.cid(), documents);
    if (listing.images().contains(merged) && new HashSet<>(old).equals(new HashSet<>(referrers))) {
      return;
    }
    index.put(merged);
    index.replace(old, referrers);
    byte[] json = index.toBytes();
    Path file = layout.index();
    if (json.length > StoreIndex.MAX_BYTES) {
      throw new FetchException(
          Reason.DISK_FULL,
          "failed to list the image in '"
              + file
              + "': the index would have "
              + json.length
              + " bytes, at most "
              + StoreIndex.MAX_BYTES
              + " are read; remove images from the store");
    }
    DurableFiles.replace(session.newFile("index"), file, json);
  }

  private StoredImage merge(List<StoredImage> present, StoredImage added) {
    return present.stream()
        .filter(added::sameEntry)
        .findFirst()
        .map(old -> merge(old, added).withResolved(old.resolved() || added.resolved()))
        .orElse(added);
  }

  private StoredImage merge(StoredImage old, StoredImage added) {
    Set<String> platforms = new LinkedHashSet<>(old.platforms());
    platforms.addAll(added.platforms());
    return platforms.size() == added.platforms().size()
        ? added
        : added.with(List.copyOf(platforms), ImageGraph.read(reader, added).storedBytes(reader));
  }
}
