package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import java.util.function.Supplier;

/** Blobs of an image that is only recognised when one of them is looked for. */
final class LaterBlobs implements BlobLocator {
  private final Supplier<RecognizedImage> image;
  private BlobLocator blobs;

  LaterBlobs(Supplier<RecognizedImage> image) {
    this.image = image;
  }

  @Override
  public BlobSource locate(Descriptor blob) {
    return blobs().locate(blob);
  }

  private synchronized BlobLocator blobs() {
    if (blobs == null) {
      blobs = image.get().blobs();
    }
    return blobs;
  }
}
