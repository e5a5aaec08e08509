package dev.ipfstee.fetcher.oci;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.List;

/**
 * An image in the {@code manifest.json} of a docker archive.
 *
 * @param config the member that is its config
 * @param layers the members that are its layers, from the bottom up
 * @param names its names with their tags, as {@code docker save} was given them
 */
public record SavedImage(String config, List<String> layers, List<String> names) {
  /** Real archives have one, or some. Each has a config of up to 4 MiB that has to be read. */
  private static final int MAX_IMAGES = 64;

  public SavedImage {
    layers = List.copyOf(layers);
    names = List.copyOf(names);
  }

  /** The same image without its names. */
  public SavedImage unnamed() {
    return new SavedImage(config, layers, List.of());
  }

  /**
   * Parses {@code manifest.json}.
   *
   * @return in the order of the document; an image may be there more than once, for other names
   * @throws FetchException {@link Reason#MALFORMED_MANIFEST}, {@link Reason#TOO_MANY_DESCRIPTORS}
   */
  public static List<SavedImage> parse(byte[] json) {
    List<SavedImage> images =
        StrictJson.parseList(json, "manifest.json").stream()
            .map(entry -> entry.requireExactCase("Config", "RepoTags", "Layers"))
            .map(
                entry ->
                    new SavedImage(
                        entry.requireString("Config"),
                        entry.strings("Layers"),
                        entry.strings("RepoTags")))
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
