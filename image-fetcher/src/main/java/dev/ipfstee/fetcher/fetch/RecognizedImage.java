package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Descriptor;
import java.util.List;

/**
 * Content that has the form of an image.
 *
 * @param layout its form
 * @param cid the entity that is the image, without a path
 * @param roots what may be the image: all descriptors at its top, signatures and the like included
 * @param blobs finds what descriptors name
 */
record RecognizedImage(Layout layout, Cid cid, List<Descriptor> roots, BlobLocator blobs) {}
