package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/** Hashes all blobs of a store once, and takes those that are wrong out of it. */
public final class StoreScrub {
  private final BlobStore store;
  private final DiskHash hash;
  private final LongAdder bytes = new LongAdder();

  /**
   * @param rate at most so many bytes are read in a second
   */
  public StoreScrub(BlobStore store, long rate) {
    this.store = store;
    this.hash = new DiskHash(store.reader().layout(), new Pace(rate), bytes);
  }

  /**
   * A blob that is in quarantine now.
   *
   * @param finding what was wrong with it, in words
   */
  public record Damage(Digest digest, String finding) {}

  /**
   * What was found.
   *
   * @param blobs how many were hashed
   * @param bytes how many bytes they have
   * @param damages what was wrong
   * @param incomplete the images that lack a blob now, theirs or one of what refers to them
   */
  public record Result(int blobs, long bytes, List<Damage> damages, List<StoredImage> incomplete) {}

  /**
   * Scrubs.
   *
   * @throws FetchException {@link Reason#IO_ERROR}, {@link Reason#STORE_CORRUPT} for an index that
   *     can't be read, {@link Reason#CANCELLED} when interrupted
   */
  public Result run() {
    List<Damage> damages = new ArrayList<>();
    List<Digest> blobs = store.reader().blobs();
    for (Digest digest : blobs) {
      check(digest).ifPresent(finding -> damages.add(new Damage(digest, finding)));
    }
    StoreListing listing = store.reader().listing();
    List<StoredImage> incomplete =
        listing.images().stream().filter(image -> !isComplete(listing, image)).toList();
    return new Result(blobs.size(), bytes.sum(), List.copyOf(damages), incomplete);
  }

  private Optional<String> check(Digest digest) {
    Path file = store.reader().layout().blob(digest);
    try {
      Object key = StoreReader.attributes(file).fileKey();
      // What was replaced meanwhile came from a fetch, which has verified what it wrote.
      Optional<String> finding = hash.look(digest).flatMap(DiskHash.Look::finding);
      if (finding.isPresent()) {
        store.quarantine(digest, key);
      }
      return finding;
    } catch (NoSuchFileException gone) {
      return Optional.empty();
    } catch (IOException cause) {
      throw StoreErrors.of("scrub", file, cause);
    }
  }

  private boolean isComplete(StoreListing listing, StoredImage image) {
    try {
      ImageGraph graph = ImageGraph.read(store.reader(), image);
      return listing.isComplete(store.reader(), image, graph);
    } catch (FetchException damaged) {
      return false;
    }
  }
}
