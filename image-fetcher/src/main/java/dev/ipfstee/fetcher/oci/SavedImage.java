package dev.ipfstee.fetcher.oci;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.List;

/**
 * An image in the {@code manifest.json} of a docker archive.
 *
 * @param config the member that is its config
 * @param layers the members that are its layers, from the bottom up
 */
public record SavedImage(String config, List<String> layers) {
  /** Real archives have one, or some. Each has a config of up to 4 MiB that has to be read. */
  private static final int MAX_IMAGES = 64;

  public SavedImage {
    layers = List.copyOf(layers);
  }

  /**
   * Parses {@code manifest.json}.
   *
   * @return each image once, whatever names it has
   * @throws FetchException {@link Reason#MALFORMED_MANIFEST}, {@link Reason#TOO_MANY_DESCRIPTORS}
   */
  public static List<SavedImage> parse(byte[] json) {
    List<SavedImage> images =
        StrictJson.parseList(json, "manifest.json").stream()
            .map(entry -> entry.requireExactCase("Config", "RepoTags", "Layers"))
            .map(entry -> new SavedImage(entry.requireString("Config"), entry.strings("Layers")))
            .distinct()
            .toList();
    long layers = images.stream().mapToLong(image -> image.layers().size()).sum();
    if (images.size() > MAX_IMAGES || layers > Descriptor.MAX_DESCRIPTORS) {
      throw new FetchException(
          Reason.TOO_MANY_DESCRIPTORS,
          "failed to read manifest.json: it has "
              + images.size()
              + " images and "
              + layers
              + " layers, at most "
              + MAX_IMAGES
              + " and "
              + Descriptor.MAX_DESCRIPTORS
              + " are allowed");
    }
    return images;
  }
}
