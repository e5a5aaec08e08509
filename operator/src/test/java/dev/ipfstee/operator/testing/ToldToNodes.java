package dev.ipfstee.operator.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPInputStream;

/** The desired set as a node reads it from the ConfigMap. */
public final class ToldToNodes {
  /** The name of the ConfigMap. */
  public static final String CONFIG_MAP = "node-registry-desired";

  private static final String KEY = "desired.json.gz";
  private static final ObjectMapper JSON = new ObjectMapper();

  private ToldToNodes() {}

  /** The document. */
  public static JsonNode in(ConfigMap map) {
    return in(map.getBinaryData().get(KEY));
  }

  /** The document of one key's value. */
  public static JsonNode in(String base64) {
    byte[] bytes = Base64.getDecoder().decode(base64);
    try (GZIPInputStream json = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its images: {@code CID@digest} (or the CID alone) to the addresses of its holders. */
  public static Map<String, String> images(JsonNode document) {
    return StreamSupport.stream(document.get("images").spliterator(), false)
        .collect(
            Collectors.toMap(
                image ->
                    image.get("cid").asText()
                        + (image.has("digest") ? "@" + image.get("digest").asText() : ""),
                image ->
                    StreamSupport.stream(image.get("holders").spliterator(), false)
                        .map(JsonNode::asText)
                        .collect(Collectors.joining(" "))));
  }
}
