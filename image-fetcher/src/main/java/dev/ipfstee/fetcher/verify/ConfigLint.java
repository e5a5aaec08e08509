package dev.ipfstee.fetcher.verify;

import dev.ipfstee.fetcher.oci.ImageConfig;
import dev.ipfstee.fetcher.oci.Manifest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Looks for what a well-formed image has no use for and an unpatched container runtime acts upon,
 * before any runtime sees it. Each finding names its advisory. Pure.
 */
public final class ConfigLint {
  /**
   * @param advisory the public name of the defect that the content would trigger
   * @param problem what was found, printable
   */
  public record Finding(String advisory, String problem) {
    @Override
    public String toString() {
      return problem + " (" + advisory + ")";
    }
  }

  private static final String RESTART_MONITOR = "CVE-2026-53488";
  private static final String VOLUME_TRAVERSAL = "CVE-2022-23648";
  private static final String EMPTY_IMAGE = "CVE-2026-24054";
  private static final String CHECKPOINT = "CVE-2026-50195";

  /** Namespaces whose labels containerd and its CRI plugin act upon. */
  private static final List<String> RESERVED_LABELS =
      List.of("containerd.io/", "io.cri-containerd");

  /** What CRI-O and containerd take as the sign of a checkpoint to restore. */
  private static final List<String> CHECKPOINT_ANNOTATIONS =
      List.of("org.criu.checkpoint.", "io.kubernetes.cri-o.annotations.checkpoint.");

  private ConfigLint() {}

  /**
   * All findings of one image.
   *
   * @param indexAnnotations annotations of the descriptors and indexes that lead to the manifest
   */
  public static List<Finding> check(
      Manifest manifest, ImageConfig config, Collection<Map<String, String>> indexAnnotations) {
    List<Finding> findings = new ArrayList<>();
    config.labels().keySet().stream()
        .sorted()
        .filter(label -> startsWithAny(label, RESERVED_LABELS))
        .forEach(
            label ->
                findings.add(
                    new Finding(
                        RESTART_MONITOR,
                        "label " + quote(label) + " is reserved for the container runtime")));
    config.volumes().stream()
        .filter(volume -> !isCleanAbsolute(volume))
        .forEach(
            volume ->
                findings.add(
                    new Finding(
                        VOLUME_TRAVERSAL,
                        "volume " + quote(volume) + " is not a clean absolute path")));
    if (manifest.layers().isEmpty()) {
      findings.add(new Finding(EMPTY_IMAGE, "the image has no layers"));
    }
    List<Set<String>> annotations = new ArrayList<>();
    annotations.add(manifest.annotations().keySet());
    annotations.add(manifest.config().annotations().keySet());
    manifest.layers().forEach(layer -> annotations.add(layer.annotations().keySet()));
    indexAnnotations.forEach(map -> annotations.add(map.keySet()));
    annotations.stream()
        .flatMap(Set::stream)
        .filter(name -> startsWithAny(name, CHECKPOINT_ANNOTATIONS))
        .distinct()
        .sorted()
        .forEach(
            name ->
                findings.add(
                    new Finding(
                        CHECKPOINT,
                        "annotation " + quote(name) + " marks a container checkpoint")));
    return findings;
  }

  /** The refusal that {@link LintMode#ENFORCE} asks for. */
  public static FetchException refusal(String platform, List<Finding> findings) {
    StringBuilder text = new StringBuilder();
    findings.stream().limit(5).forEach(finding -> text.append("; ").append(finding));
    if (findings.size() > 5) {
      text.append("; and ").append(findings.size() - 5).append(" more");
    }
    return new FetchException(
        Reason.CONFIG_LINT,
        "failed to accept the image for '"
            + platform
            + "': "
            + text.substring(2)
            + ". Publish the image without it, or accept it with --config-lint warn");
  }

  private static boolean startsWithAny(String text, List<String> prefixes) {
    return prefixes.stream().anyMatch(text::startsWith);
  }

  private static boolean isCleanAbsolute(String volume) {
    if (!volume.startsWith("/") || volume.equals("/") || volume.indexOf('\0') >= 0) {
      return false;
    }
    String path = volume.endsWith("/") ? volume.substring(0, volume.length() - 1) : volume;
    for (String segment : path.substring(1).split("/", -1)) {
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        return false;
      }
    }
    return true;
  }

  private static String quote(String text) {
    return "'" + Printable.escape(text, 120) + "'";
  }
}
