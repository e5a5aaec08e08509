package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import java.util.List;

/**
 * The image that was asked for.
 *
 * @param root what its digest names: an index or a manifest
 * @param platforms those asked for that it has, in that order
 */
record SelectedImage(Descriptor root, List<PlatformImage> platforms) {}
