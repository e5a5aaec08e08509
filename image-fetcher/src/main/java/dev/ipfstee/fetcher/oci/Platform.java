package dev.ipfstee.fetcher.oci;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An operating system and processor, normalized as containerd does, so that equality is a match:
 * {@code arm64} is {@code arm64/v8}, {@code arm} is {@code arm/v7}, {@code amd64} is {@code
 * amd64/v1}.
 *
 * @param os for example {@code linux}
 * @param architecture in Go's names
 * @param variant empty where there's none or it's the default
 */
public record Platform(String os, String architecture, String variant) {
  private static final Pattern PART = Pattern.compile("[A-Za-z0-9_.-]{1,32}");

  public Platform {
    os = os.toLowerCase(Locale.ROOT);
    variant = variant.toLowerCase(Locale.ROOT);
    architecture = architecture.toLowerCase(Locale.ROOT);
    switch (architecture) {
      case "x86_64", "x86-64" -> architecture = "amd64";
      case "aarch64" -> architecture = "arm64";
      case "i386" -> architecture = "386";
      default -> {}
    }
    variant =
        switch (architecture) {
          case "amd64" -> variant.equals("v1") ? "" : variant;
          case "arm64" -> variant.equals("v8") || variant.equals("8") ? "" : variant;
          case "arm" ->
              switch (variant) {
                case "", "7" -> "v7";
                case "5", "6", "8" -> "v" + variant;
                default -> variant;
              };
          default -> variant;
        };
  }

  /**
   * Parses {@code os/arch[/variant]}.
   *
   * @throws FetchException {@link Reason#INVALID_USAGE}
   */
  public static Platform parse(String text) {
    String[] parts = text.split("/", -1);
    boolean valid = parts.length == 2 || parts.length == 3;
    for (String part : parts) {
      valid &= PART.matcher(part).matches();
    }
    if (!valid) {
      throw new FetchException(
          Reason.INVALID_USAGE,
          "failed to parse platform '"
              + Printable.escape(text, 60)
              + "': expected os/architecture or os/architecture/variant, such as linux/amd64");
    }
    return new Platform(parts[0], parts[1], parts.length == 3 ? parts[2] : "");
  }

  /** The platform whose images this machine runs: Linux on its processor. */
  public static Platform host() {
    return new Platform("linux", System.getProperty("os.arch"), "");
  }

  /** Whether a builder marked the entry as no image to run, such as an attestation. */
  public boolean isUnknown() {
    return os.equals("unknown") || architecture.equals("unknown");
  }

  static Platform from(JsonObject json) {
    json.requireExactCase("os", "architecture", "variant");
    return new Platform(
        json.string("os").orElse(""),
        json.string("architecture").orElse(""),
        json.string("variant").orElse(""));
  }

  /** Empty when the object names neither, so that another source of the platform is asked. */
  static Optional<Platform> fromConfig(JsonObject json) {
    Platform platform = from(json);
    return platform.os.isEmpty() || platform.architecture.isEmpty()
        ? Optional.empty()
        : Optional.of(platform);
  }

  @Override
  public String toString() {
    return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
  }
}
