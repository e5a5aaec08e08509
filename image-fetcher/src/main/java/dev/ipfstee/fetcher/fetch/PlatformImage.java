package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.ImageConfig;
import dev.ipfstee.fetcher.oci.ImageIndex;
import dev.ipfstee.fetcher.oci.Manifest;
import dev.ipfstee.fetcher.oci.Platform;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One platform of an image, with all documents that lead to it.
 *
 * @param platform what it runs on
 * @param indexes the indexes from the root to the manifest
 * @param descriptor of the manifest
 * @param manifest the manifest
 * @param config the image config
 */
record PlatformImage(
    Platform platform,
    List<Index> indexes,
    Descriptor descriptor,
    Manifest manifest,
    ImageConfig config) {

  /** An index and what names it. */
  record Index(Descriptor descriptor, ImageIndex content) {}

  /** Manifest, config and layers together, in bytes; layers that repeat count once. */
  long bytes() {
    long layers =
        manifest.layers().stream()
            .collect(Collectors.toMap(Descriptor::digest, Descriptor::size, (one, same) -> one))
            .values()
            .stream()
            .reduce(0L, Sizes::sum);
    return Sizes.sum(Sizes.sum(layers, descriptor.size()), manifest.config().size());
  }
}
