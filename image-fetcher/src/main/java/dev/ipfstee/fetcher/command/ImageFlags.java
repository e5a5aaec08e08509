package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.fetch.FetchRequest;
import dev.ipfstee.fetcher.fetch.Layout;
import dev.ipfstee.fetcher.ipfs.ContentReference;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.Platform;
import dev.ipfstee.fetcher.oci.RefName;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.verify.LintMode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Options that say which image is wanted and what it may be. */
final class ImageFlags {
  private static final String AUTO = "Auto";

  @Parameters(
      paramLabel = "REFERENCE",
      description =
          "ipfs://CID[/path], /ipfs/CID[/path], CID, https://HOST/ipfs/CID[/path] or"
              + " https://CID.ipfs.HOST[/path].")
  private String reference;

  @Option(
      names = "--platform",
      paramLabel = "OS/ARCH[/VARIANT]",
      description = "What to fetch of the image; repeatable (default: this machine's).")
  private List<String> platforms = List.of();

  @Option(
      names = "--any-platform",
      description = "Leave out the platforms that the image lacks, as long as it has one of them.")
  private boolean anyPlatform;

  @Option(
      names = "--layout",
      paramLabel = "LAYOUT",
      defaultValue = AUTO,
      description =
          "Auto, OciLayout, NerdctlDescriptor, Manifest, Ipdr, OciArchive, DockerArchive or Car"
              + " (default: ${DEFAULT-VALUE}).")
  private String layout;

  @Option(
      names = "--ref-name",
      paramLabel = "NAME",
      description =
          "Which image is meant where there are several: its org.opencontainers.image.ref.name in"
              + " a layout, its name and tag in a docker archive, its tag in an IPDR directory.")
  private String refName;

  @Option(
      names = "--expected-digest",
      paramLabel = "DIGEST",
      description = "The digest that the image must have.")
  private String expectedDigest;

  @Option(
      names = "--max-bytes",
      paramLabel = "SIZE",
      defaultValue = "10Gi",
      converter = Quantities.SizeConverter.class,
      description = "The most that the chosen platforms may have (default: ${DEFAULT-VALUE}).")
  private long maxBytes;

  @Option(
      names = "--max-layers",
      paramLabel = "N",
      defaultValue = "256",
      description = "The most layers that a platform may have (default: ${DEFAULT-VALUE}).")
  private int maxLayers;

  @Option(
      names = "--config-lint",
      paramLabel = "MODE",
      defaultValue = "enforce",
      description =
          "Refuse (enforce) or only tell (warn) what looks like an attack on the runtime"
              + " (default: ${DEFAULT-VALUE}).")
  private String configLint;

  /** As it was given, made fit for messages. */
  String shownReference() {
    return Printable.escape(reference, 300);
  }

  /**
   * The request.
   *
   * @throws FetchException InvalidUsage, and the reasons of {@link ContentReference#parse}
   */
  FetchRequest toRequest() {
    if (maxLayers < 1) {
      throw GatewayFlags.usage("--max-layers: expected at least 1, found " + maxLayers);
    }
    return new FetchRequest(
        ContentReference.parse(reference),
        layout(),
        refName(refName),
        platforms.isEmpty()
            ? List.of(Platform.host())
            : platforms.stream().map(Platform::parse).toList(),
        anyPlatform,
        Optional.ofNullable(expectedDigest).map(ImageFlags::digest),
        maxBytes,
        maxLayers,
        lint());
  }

  private Optional<Layout> layout() {
    if (layout.equals(AUTO)) {
      return Optional.empty();
    }
    return Optional.of(
        Arrays.stream(Layout.values())
            .filter(known -> known.label().equals(layout))
            .findFirst()
            .orElseThrow(
                () ->
                    GatewayFlags.usage(
                        "--layout: expected one of Auto, "
                            + Arrays.stream(Layout.values())
                                .map(Layout::label)
                                .collect(Collectors.joining(", "))
                            + ", found '"
                            + Printable.escape(layout, 60)
                            + "'")));
  }

  /**
   * A name as it was given.
   *
   * @param text null for none
   * @throws FetchException InvalidUsage
   */
  static Optional<RefName> refName(String text) {
    try {
      return Optional.ofNullable(text).map(RefName::new);
    } catch (FetchException e) {
      throw GatewayFlags.usage("--ref-name: " + e.getMessage());
    }
  }

  private static Digest digest(String text) {
    try {
      return Digest.parse(text);
    } catch (FetchException e) {
      throw GatewayFlags.usage("--expected-digest: " + e.getMessage());
    }
  }

  private LintMode lint() {
    return switch (configLint.toLowerCase(Locale.ROOT)) {
      case "enforce" -> LintMode.ENFORCE;
      case "warn" -> LintMode.WARN;
      default ->
          throw GatewayFlags.usage(
              "--config-lint: expected enforce or warn, found '"
                  + Printable.escape(configLint, 60)
                  + "'");
    };
  }
}
