package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.oci.Platform;
import dev.ipfstee.fetcher.oci.RefName;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Chooses the one image that has the platforms asked for, or one of them where that is enough. What
 * can be read in two ways is refused: which image a digest pins must not depend on the reader.
 */
final class ImageSelector {
  // What is shown of content that may have hundreds of names.
  private static final int MAX_DIGESTS_SHOWN = 4;
  private static final int MAX_NAMES_SHOWN = 8;
  private static final int MAX_NAME_SHOWN = 60;

  private final PlatformFinder finder;

  ImageSelector(DocumentReader documents) {
    this.finder = new PlatformFinder(documents);
  }

  /**
   * Chooses.
   *
   * @param name of which one is meant; empty for the only one
   * @throws FetchException {@link Reason#REF_NAME_MISSING}, {@link Reason#PLATFORM_MISSING}, {@link
   *     Reason#LAYOUT_AMBIGUOUS}, {@link Reason#LAYOUT_UNRECOGNIZED}, {@link
   *     Reason#MEDIA_TYPE_REJECTED}, and what reading the documents brings
   */
  SelectedImage select(
      List<Descriptor> roots,
      Optional<RefName> name,
      List<Platform> platforms,
      boolean anyPlatform) {
    List<PlatformFinder.Found> candidates = new ArrayList<>();
    for (Descriptor root : images(name.map(given -> named(roots, given)).orElse(roots))) {
      candidates.add(finder.find(root, platforms));
    }
    List<PlatformFinder.Found> holders =
        candidates.stream().filter(found -> !found.images().isEmpty()).toList();
    if (!anyPlatform || holders.isEmpty()) {
      refuseMissing(platforms, candidates, holders);
    }
    if (holders.size() > 1) {
      throw ambiguous(name, holders.stream().map(PlatformFinder.Found::root).toList());
    }
    PlatformFinder.Found only = holders.get(0);
    List<PlatformImage> chosen = new ArrayList<>();
    platforms.stream().filter(only::has).forEach(p -> chosen.add(one(p, only.images())));
    return new SelectedImage(only.root(), chosen);
  }

  /** Those of that name: as with {@code skopeo}, one that isn't there is refused, never ignored. */
  private static List<Descriptor> named(List<Descriptor> roots, RefName name) {
    List<Descriptor> images = roots.stream().filter(Descriptor::isImage).toList();
    List<Descriptor> named = images.stream().filter(name::isOf).toList();
    if (images.isEmpty() || !named.isEmpty()) {
      return named.isEmpty() ? roots : named;
    }
    List<String> names =
        images.stream().flatMap(image -> image.names().stream()).distinct().toList();
    throw new FetchException(
        Reason.REF_NAME_MISSING,
        "failed to find an image named "
            + quoted(name.text())
            + ": "
            + (names.isEmpty()
                ? "no image there has a name; leave the name out"
                : "there are " + shown(names)));
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

  private static FetchException ambiguous(Optional<RefName> name, List<Descriptor> images) {
    boolean nameTells =
        images.stream().flatMap(image -> image.names().stream().limit(1)).distinct().count() > 1;
    return ambiguous(
        images.size()
            + " images "
            + name.map(given -> "named " + quoted(given.text()) + " ").orElse("")
            + "have the platforms asked for ("
            + digests(images)
            + "); "
            + (nameTells && name.isEmpty() ? "name one of them with --ref-name, " : "")
            + "ask for the platform of one of them, or publish them apart");
  }

  private static String digests(List<Descriptor> descriptors) {
    return descriptors.stream()
            .limit(MAX_DIGESTS_SHOWN)
            .map(
                descriptor ->
                    descriptor.names().stream()
                            .limit(1)
                            .map(name -> quoted(name) + " ")
                            .collect(Collectors.joining())
                        + descriptor.digest())
            .collect(Collectors.joining(", "))
        + more(descriptors.size() - MAX_DIGESTS_SHOWN);
  }

  private static String shown(List<String> names) {
    return names.stream()
            .limit(MAX_NAMES_SHOWN)
            .map(ImageSelector::quoted)
            .collect(Collectors.joining(", "))
        + more(names.size() - MAX_NAMES_SHOWN);
  }

  private static String quoted(String name) {
    return "'" + Printable.escape(name, MAX_NAME_SHOWN) + "'";
  }

  private static String more(int count) {
    return count > 0 ? " and " + count + " more" : "";
  }

  private static FetchException ambiguous(String cause) {
    return new FetchException(Reason.LAYOUT_AMBIGUOUS, "failed to choose an image: " + cause);
  }
}
