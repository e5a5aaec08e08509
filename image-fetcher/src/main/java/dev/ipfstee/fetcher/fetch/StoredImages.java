package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.oci.Platform;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoredImage;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Answers from the store what was asked before: the same reference, layout and platforms. */
final class StoredImages {
  private final BlobStore store;

  StoredImages(BlobStore store) {
    this.store = store;
  }

  /** The same, kept from sweeps as long as this run lasts, if none has removed it. */
  Optional<RecognizedImage> use(FetchRequest request) {
    find(request).ifPresent(image -> image.roots().forEach(root -> store.use(root.digest())));
    return find(request);
  }

  /** The entry that answers the request; its blobs are not looked at. */
  Optional<RecognizedImage> find(FetchRequest request) {
    return store.images().stream()
        .filter(image -> answers(image, request))
        .flatMap(image -> recognized(image, request, StoredImages::absent).stream())
        .findFirst();
  }

  private static boolean answers(StoredImage image, FetchRequest request) {
    Set<String> stored = new HashSet<>(image.platforms());
    return image.source().equals(request.source())
        && (image.resolved() || request.expectedDigest().equals(Optional.of(image.digest())))
        && request.layout().map(Layout::label).orElse(image.layout()).equals(image.layout())
        && request.platforms().stream().map(Platform::toString).allMatch(stored::contains);
  }

  /**
   * What recognising the image came to, where it was fetched first by the same words.
   *
   * @param blobs finds what is missing of it
   * @return empty for an entry that makes no sense here
   */
  static Optional<RecognizedImage> recognized(
      StoredImage image, FetchRequest request, BlobLocator blobs) {
    try {
      Descriptor root = root(image);
      Cid cid = Cid.parse(image.cid());
      Descriptor named = request.refName().map(name -> root.withName(name.text())).orElse(root);
      return Arrays.stream(Layout.values())
          .filter(layout -> layout.label().equals(image.layout()))
          .map(layout -> new RecognizedImage(layout, cid, List.of(named), blobs))
          .findFirst();
    } catch (FetchException foreignEntry) {
      return Optional.empty();
    }
  }

  /** What names its index or manifest, as far as the store knows. */
  static Descriptor root(StoredImage image) {
    // What named a manifest may have known its platform better than its config does.
    return MediaTypes.isManifest(image.mediaType()) && image.platforms().size() == 1
        ? image.descriptor().withPlatform(Platform.parse(image.platforms().get(0)))
        : image.descriptor();
  }

  private static BlobSource absent(Descriptor blob) {
    throw new NotStoredException();
  }

  /** A blob of a listed image is missing or wrong: it must be fetched again. */
  static final class NotStoredException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotStoredException() {
      super(null, null, false, false);
    }
  }
}
