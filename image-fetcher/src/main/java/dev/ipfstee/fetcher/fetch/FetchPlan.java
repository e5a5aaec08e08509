package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that an image needs in the store, each digest once.
 *
 * @param layers in the order of the manifests
 * @param documents configs, then manifests, then indexes from the innermost out: none is stored
 *     before what it names
 * @param bytes the sum of all sizes
 */
record FetchPlan(List<Descriptor> layers, List<Descriptor> documents, long bytes) {

  /**
   * Makes the plan.
   *
   * @throws FetchException {@link Reason#IMAGE_TOO_LARGE}, {@link Reason#SIZE_MISMATCH}
   */
  static FetchPlan of(SelectedImage image, long maxBytes) {
    Map<Digest, Descriptor> documents = new LinkedHashMap<>();
    image.platforms().forEach(platform -> add(documents, platform.manifest().config()));
    image.platforms().forEach(platform -> add(documents, platform.descriptor()));
    for (int depth = PlatformFinder.MAX_INDEX_DEPTH - 1; depth >= 0; depth--) {
      for (PlatformImage platform : image.platforms()) {
        if (depth < platform.indexes().size()) {
          add(documents, platform.indexes().get(depth).descriptor());
        }
      }
    }
    Map<Digest, Descriptor> layers = new LinkedHashMap<>();
    for (PlatformImage platform : image.platforms()) {
      for (Descriptor layer : platform.manifest().layers()) {
        add(documents.containsKey(layer.digest()) ? documents : layers, layer);
      }
    }
    long bytes = Sizes.sum(total(documents), total(layers));
    if (bytes > maxBytes) {
      throw new FetchException(
          Reason.IMAGE_TOO_LARGE,
          "failed to accept the image: its chosen platforms have "
              + bytes
              + " bytes, at most "
              + maxBytes
              + " are allowed; raise --max-bytes or choose fewer platforms");
    }
    return new FetchPlan(List.copyOf(layers.values()), List.copyOf(documents.values()), bytes);
  }

  private static void add(Map<Digest, Descriptor> blobs, Descriptor blob) {
    Descriptor known = blobs.putIfAbsent(blob.digest(), blob);
    if (known != null && known.size() != blob.size()) {
      throw new FetchException(
          Reason.SIZE_MISMATCH,
          "failed to read the image: its documents give blob '"
              + blob.digest()
              + "' both "
              + known.size()
              + " and "
              + blob.size()
              + " bytes");
    }
  }

  private static long total(Map<Digest, Descriptor> blobs) {
    return blobs.values().stream().mapToLong(Descriptor::size).reduce(0, Sizes::sum);
  }
}
