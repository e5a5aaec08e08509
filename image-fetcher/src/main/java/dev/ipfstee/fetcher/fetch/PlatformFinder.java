package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.ImageConfig;
import dev.ipfstee.fetcher.oci.ImageIndex;
import dev.ipfstee.fetcher.oci.Manifest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.oci.Platform;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Looks below one index or manifest for platforms. Manifests of platforms that nobody asked for
 * aren't read, so that an index may name what isn't published.
 */
final class PlatformFinder {
  static final int MAX_INDEX_DEPTH = 4;

  private final DocumentReader documents;

  PlatformFinder(DocumentReader documents) {
    this.documents = documents;
  }

  /**
   * What lies below a root.
   *
   * @param root where the search began
   * @param images those of the platforms asked for
   * @param offered all platforms that were seen
   * @param artifacts manifests that turned out to be no images
   */
  record Found(
      Descriptor root,
      List<PlatformImage> images,
      List<Platform> offered,
      List<Descriptor> artifacts) {

    boolean has(Platform platform) {
      return images.stream().anyMatch(image -> image.platform().equals(platform));
    }
  }

  /**
   * Searches.
   *
   * @throws FetchException {@link Reason#INDEX_TOO_DEEP}, {@link Reason#TOO_MANY_DESCRIPTORS},
   *     {@link Reason#MALFORMED_MANIFEST}, and what reading brings
   */
  Found find(Descriptor root, List<Platform> wanted) {
    Found found = new Found(root, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    visit(root, List.of(), wanted, found);
    return found;
  }

  private void visit(
      Descriptor at, List<PlatformImage.Index> above, List<Platform> wanted, Found found) {
    if (MediaTypes.isManifest(at.mediaType())) {
      visitManifest(at, above, wanted, found);
      return;
    }
    if (above.size() == MAX_INDEX_DEPTH) {
      throw new FetchException(
          Reason.INDEX_TOO_DEEP,
          "failed to read index '"
              + at.digest()
              + "': indexes are nested deeper than "
              + MAX_INDEX_DEPTH);
    }
    ImageIndex index = ImageIndex.parse(documents.read(at), at.mediaType(), "index " + at.digest());
    documents.count(index.manifests());
    List<PlatformImage.Index> path = new ArrayList<>(above);
    path.add(new PlatformImage.Index(at, index));
    for (Descriptor child : index.manifests()) {
      if (child.isImage()) {
        visit(child, path, wanted, found);
      }
    }
  }

  private void visitManifest(
      Descriptor at, List<PlatformImage.Index> above, List<Platform> wanted, Found found) {
    Optional<Platform> declared = at.hasPlatform() ? at.platform() : Optional.empty();
    if (declared.isPresent() && !wanted.contains(declared.get())) {
      found.offered().add(declared.get());
      return;
    }
    String what = "manifest " + at.digest();
    Manifest manifest = Manifest.parse(documents.read(at), at.mediaType(), what);
    documents.count(manifest.layers());
    if (!manifest.isImage()) {
      found.artifacts().add(at);
      return;
    }
    Descriptor configDescriptor = manifest.config();
    ImageConfig config =
        ImageConfig.parse(documents.read(configDescriptor), "config " + configDescriptor.digest());
    Platform platform =
        declared
            .or(config::platform)
            .orElseThrow(
                () ->
                    new FetchException(
                        Reason.MALFORMED_MANIFEST,
                        "failed to read "
                            + what
                            + ": neither its descriptor nor its config names an operating system"
                            + " and architecture"));
    found.offered().add(platform);
    if (wanted.contains(platform)) {
      found.images().add(new PlatformImage(platform, above, at, manifest, config));
    }
  }
}
