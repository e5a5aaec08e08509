package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Manifest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.verify.ConfigLint;
import dev.ipfstee.fetcher.verify.LintMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Whether an image that is intact is also acceptable. Pure; evaluated for each request anew,
 * because what one request accepted proves nothing for another.
 */
final class ImagePolicy {
  private ImagePolicy() {}

  /**
   * Checks that the image is the one that was pinned before.
   *
   * @throws FetchException {@link Reason#UNEXPECTED_DIGEST}
   */
  static void checkDigest(FetchRequest request, Descriptor root) {
    request
        .expectedDigest()
        .filter(expected -> !expected.equals(root.digest()))
        .ifPresent(
            expected -> {
              throw new FetchException(
                  Reason.UNEXPECTED_DIGEST,
                  "failed to accept the image: expected digest "
                      + expected
                      + ", found "
                      + root.digest());
            });
  }

  /**
   * Checks everything else.
   *
   * @return what looks like an attack, if that is only to be told
   * @throws FetchException {@link Reason#FOREIGN_URLS}, {@link Reason#MEDIA_TYPE_REJECTED}, {@link
   *     Reason#TOO_MANY_LAYERS}, {@link Reason#MALFORMED_MANIFEST}, {@link Reason#CONFIG_LINT}
   */
  static List<String> check(FetchRequest request, SelectedImage image) {
    image.root().refuseForeignUrls();
    List<String> warnings = new ArrayList<>();
    for (PlatformImage platform : image.platforms()) {
      refuseForeignUrls(platform);
      checkMediaTypes(platform);
      checkLayers(platform, request.maxLayers());
      List<ConfigLint.Finding> findings =
          ConfigLint.check(platform.manifest(), platform.config(), annotations(platform));
      if (!findings.isEmpty()) {
        FetchException refusal = ConfigLint.refusal(platform.platform().toString(), findings);
        if (request.configLint() == LintMode.ENFORCE) {
          throw refusal;
        }
        findings.forEach(finding -> warnings.add(platform.platform() + ": " + finding));
      }
    }
    return warnings;
  }

  private static void refuseForeignUrls(PlatformImage platform) {
    platform
        .indexes()
        .forEach(index -> index.content().manifests().forEach(Descriptor::refuseForeignUrls));
    platform.descriptor().refuseForeignUrls();
    Manifest manifest = platform.manifest();
    manifest.config().refuseForeignUrls();
    manifest.layers().forEach(Descriptor::refuseForeignUrls);
    manifest.subject().ifPresent(Descriptor::refuseForeignUrls);
  }

  private static void checkMediaTypes(PlatformImage platform) {
    Manifest manifest = platform.manifest();
    if (!MediaTypes.isConfig(manifest.config().mediaType())) {
      throw rejected("config", manifest.config());
    }
    for (Descriptor layer : manifest.layers()) {
      if (!MediaTypes.isLayer(layer.mediaType())) {
        throw rejected("layer", layer);
      }
    }
  }

  private static FetchException rejected(String part, Descriptor descriptor) {
    return new FetchException(
        Reason.MEDIA_TYPE_REJECTED,
        "failed to accept "
            + part
            + " '"
            + descriptor.digest()
            + "': its media type '"
            + Printable.escape(descriptor.mediaType(), 120)
            + "' is none of those of image "
            + part
            + "s");
  }

  private static void checkLayers(PlatformImage platform, int maxLayers) {
    int layers = platform.manifest().layers().size();
    if (layers > maxLayers) {
      throw new FetchException(
          Reason.TOO_MANY_LAYERS,
          "failed to accept the image for "
              + platform.platform()
              + ": it has "
              + layers
              + " layers, at most "
              + maxLayers
              + " are allowed; raise --max-layers or publish it with fewer");
    }
    int diffIds = platform.config().diffIds().size();
    if (diffIds != layers) {
      throw new FetchException(
          Reason.MALFORMED_MANIFEST,
          "failed to read config "
              + platform.manifest().config().digest()
              + ": it has "
              + diffIds
              + " diff_ids for "
              + layers
              + " layers");
    }
  }

  /**
   * Of all that leads to the manifest and is stored: what names the image in its layout isn't, so a
   * runtime never sees it, and the first request must not be answered otherwise than the next.
   */
  private static List<Map<String, String>> annotations(PlatformImage platform) {
    List<Map<String, String>> annotations = new ArrayList<>();
    for (PlatformImage.Index index : platform.indexes()) {
      annotations.add(index.content().annotations());
      index.content().manifests().stream()
          .filter(child -> leadsTo(child, platform))
          .forEach(child -> annotations.add(child.annotations()));
    }
    return annotations;
  }

  private static boolean leadsTo(Descriptor child, PlatformImage platform) {
    return child.digest().equals(platform.descriptor().digest())
        || platform.indexes().stream()
            .anyMatch(index -> index.descriptor().digest().equals(child.digest()));
  }
}
