package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.oci.Platform;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Chooses the one image that has the platforms asked for, or one of them where that is enough. What
 * can be read in two ways is refused: which image a digest pins must not depend on the reader.
 */
final class ImageSelector {
  private final PlatformFinder finder;

  ImageSelector(DocumentReader documents) {
    this.finder = new PlatformFinder(documents);
  }

  /**
   * Chooses.
   *
   * @throws FetchException {@link Reason#PLATFORM_MISSING}, {@link Reason#LAYOUT_AMBIGUOUS}, {@link
   *     Reason#LAYOUT_UNRECOGNIZED}, {@link Reason#MEDIA_TYPE_REJECTED}, and what reading the
   *     documents brings
   */
  SelectedImage select(List<Descriptor> roots, List<Platform> platforms, boolean anyPlatform) {
    List<PlatformFinder.Found> candidates = new ArrayList<>();
    for (Descriptor root : images(roots)) {
      candidates.add(finder.find(root, platforms));
    }
    List<PlatformFinder.Found> holders =
        candidates.stream().filter(found -> !found.images().isEmpty()).toList();
    if (!anyPlatform || holders.isEmpty()) {
      refuseMissing(platforms, candidates, holders);
    }
    if (holders.size() > 1) {
      throw ambiguous(
          holders.size()
              + " images have the platforms asked for ("
              + digests(holders.stream().map(PlatformFinder.Found::root).toList())
              + "); ask for the platform of one of them, or publish them apart");
    }
    PlatformFinder.Found only = holders.get(0);
    List<PlatformImage> chosen = new ArrayList<>();
    platforms.stream().filter(only::has).forEach(p -> chosen.add(one(p, only.images())));
    return new SelectedImage(only.root(), chosen);
  }

  /** The descriptors that can be images, each digest once. */
  private static List<Descriptor> images(List<Descriptor> roots) {
    Map<Digest, Descriptor> images = new LinkedHashMap<>();
    roots.stream()
        .filter(Descriptor::isImage)
        .forEach(root -> images.putIfAbsent(root.digest(), root));
    if (!images.isEmpty()) {
      return List.copyOf(images.values());
    }
    for (Descriptor root : roots) {
      if (!MediaTypes.isIndex(root.mediaType()) && !MediaTypes.isManifest(root.mediaType())) {
        throw new FetchException(
            Reason.MEDIA_TYPE_REJECTED,
            "failed to accept '"
                + root.digest()
                + "': expected an image index or manifest, found media type '"
                + Printable.escape(root.mediaType(), 120)
                + "'");
      }
    }
    throw new FetchException(
        Reason.LAYOUT_UNRECOGNIZED,
        roots.isEmpty()
            ? "failed to find an image: index.json names none"
            : "failed to find an image: index.json names only signatures, attestations or other"
                + " artifacts");
  }

  private static void refuseMissing(
      List<Platform> platforms,
      List<PlatformFinder.Found> candidates,
      List<PlatformFinder.Found> holders) {
    List<Platform> missing =
        platforms.stream()
            .filter(platform -> holders.stream().noneMatch(found -> found.has(platform)))
            .toList();
    if (missing.isEmpty()) {
      return;
    }
    List<Descriptor> artifacts =
        candidates.stream().flatMap(found -> found.artifacts().stream()).toList();
    List<Platform> offered =
        candidates.stream().flatMap(found -> found.offered().stream()).distinct().toList();
    if (offered.isEmpty() && !artifacts.isEmpty()) {
      throw new FetchException(
          Reason.MEDIA_TYPE_REJECTED,
          "failed to accept '"
              + artifacts.get(0).digest()
              + "': its config or layers have media types that no image has; it is an artifact of"
              + " another kind");
    }
    throw new FetchException(
        Reason.PLATFORM_MISSING,
        "failed to find platform "
            + missing.stream().map(Platform::toString).collect(Collectors.joining(", "))
            + ": the image has "
            + (offered.isEmpty()
                ? "none"
                : offered.stream()
                    .limit(20)
                    .map(platform -> Printable.escape(platform.toString(), 100))
                    .collect(Collectors.joining(", "))));
  }

  private static PlatformImage one(Platform platform, List<PlatformImage> images) {
    Map<Digest, PlatformImage> matching = new LinkedHashMap<>();
    for (PlatformImage image : images) {
      if (image.platform().equals(platform)) {
        matching.putIfAbsent(image.descriptor().digest(), image);
      }
    }
    if (matching.size() > 1) {
      throw ambiguous(
          matching.size()
              + " manifests are for "
              + platform
              + " ("
              + digests(matching.values().stream().map(PlatformImage::descriptor).toList())
              + "), and runtimes may choose another one than we do");
    }
    return matching.values().iterator().next();
  }

  private static String digests(List<Descriptor> descriptors) {
    return descriptors.stream()
        .limit(4)
        .map(descriptor -> descriptor.digest().toString())
        .collect(Collectors.joining(", "));
  }

  private static FetchException ambiguous(String cause) {
    return new FetchException(Reason.LAYOUT_AMBIGUOUS, "failed to choose an image: " + cause);
  }
}
