package dev.ipfstee.fetcher.store;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Strict, bounded JSON for the store's own files and the documents in it. */
final class StoreJson {
  private static final int MAX_DEPTH = 32;

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .build())
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private StoreJson() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /**
   * Parses one JSON object with nothing after it.
   *
   * @throws JsonProcessingException with a message that shows no content
   */
  static ObjectNode parseObject(byte[] text) throws JsonProcessingException {
    JsonNode node;
    try {
      node = MAPPER.readTree(text);
    } catch (JsonProcessingException malformed) {
      throw malformed;
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw new NotAnObject();
  }

  static byte[] bytes(JsonNode node) {
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(node);
    } catch (JsonProcessingException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /** What is wrong with a text, without the text itself. */
  static String problem(JsonProcessingException malformed) {
    var location = malformed.getLocation();
    return location == null
        ? malformed.getOriginalMessage()
        : "not valid JSON at line "
            + location.getLineNr()
            + ", column "
            + location.getColumnNr();
  }

  private static final class NotAnObject extends JsonProcessingException {
    private static final long serialVersionUID = 1L;

    NotAnObject() {
      super("expected a JSON object, found something else");
    }
  }
}
