package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.store.JsonTree;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The manifest of an image that has none, as docker archives have. Its bytes are frozen for ever:
 * pods are pinned to their digest.
 */
final class MadeManifest {
  private MadeManifest() {}

  /** The bytes; of the descriptors only media type, digest and size matter. */
  static byte[] of(Descriptor config, List<Descriptor> layers) {
    return ("{\"schemaVersion\":2,\"mediaType\":\""
            + MediaTypes.OCI_MANIFEST
            + "\",\"config\":"
            + json(config)
            + ",\"layers\":"
            + layers.stream().map(MadeManifest::json).collect(Collectors.joining(",", "[", "]"))
            + "}")
        .getBytes(StandardCharsets.US_ASCII);
  }

  static Descriptor descriptor(byte[] manifest) {
    return new Descriptor(
        MediaTypes.OCI_MANIFEST, Digest.of(Digest.Algorithm.SHA256, manifest), manifest.length);
  }

  /** Nothing but media type, digest and size. */
  static String json(Descriptor blob) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
        .formatted(blob.mediaType(), blob.digest(), blob.size());
  }

  /** The same with more fields behind them. */
  static String json(Descriptor blob, Map<String, Object> more) {
    String json = json(blob);
    return more.isEmpty()
        ? json
        : json.substring(0, json.length() - 1)
            + ","
            + new String(JsonTree.bytes(more), StandardCharsets.UTF_8).substring(1);
  }
}
