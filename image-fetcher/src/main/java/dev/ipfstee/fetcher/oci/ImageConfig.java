package dev.ipfstee.fetcher.oci;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The parts of an image config that matter before an image runs.
 *
 * @param platform empty when the config names no operating system or architecture
 * @param diffIds the digests of the unpacked layers
 * @param labels become labels of the container
 * @param volumes paths that the runtime creates and copies
 */
public record ImageConfig(
    Optional<Platform> platform,
    List<Digest> diffIds,
    Map<String, String> labels,
    List<String> volumes) {

  public ImageConfig {
    diffIds = List.copyOf(diffIds);
    labels = Map.copyOf(labels);
    volumes = List.copyOf(volumes);
  }

  /**
   * @throws FetchException {@link Reason#MALFORMED_MANIFEST}
   */
  public static ImageConfig parse(byte[] json, String what) {
    JsonObject document =
        StrictJson.parse(json, what).requireExactCase("config", "rootfs", "history");
    JsonObject rootfs =
        document
            .object("rootfs")
            .orElseThrow(() -> document.malformed("'rootfs' is missing"))
            .requireExactCase("type", "diff_ids");
    if (!rootfs.requireString("type").equals("layers")) {
      throw rootfs.malformed("'type' is not 'layers'");
    }
    List<Digest> diffIds = rootfs.strings("diff_ids").stream().map(Digest::parse).toList();
    Optional<JsonObject> config =
        document.object("config").map(c -> c.requireExactCase("Labels", "Volumes"));
    return new ImageConfig(
        Platform.fromConfig(document),
        diffIds,
        config.map(c -> c.stringMap("Labels")).orElse(Map.of()),
        config.map(c -> c.keys("Volumes")).orElse(List.of()));
  }
}
