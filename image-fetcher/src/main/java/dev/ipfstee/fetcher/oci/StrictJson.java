package dev.ipfstee.fetcher.oci;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON so that nobody can read it another way: UTF-8 only, one object, no duplicate keys, no
 * trailing bytes, at most {@value #MAX_DEPTH} levels. A document that two parsers understand
 * differently is how one image is verified and another one run (CVE-2021-41190).
 *
 * <p>Only the streaming part of Jackson is used: data binding would double the start of a process
 * that lives for seconds.
 */
final class StrictJson {
  private static final int MAX_DEPTH = 64;

  /** So that a document of 4 MiB takes tens of megabytes at most when it is read. */
  private static final int MAX_VALUES = 200_000;

  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
          .build();

  private final JsonParser parser;
  private int values;

  private StrictJson(JsonParser parser) {
    this.parser = parser;
  }

  /**
   * @param json the whole document; its size was checked before
   * @param what how messages call the document
   * @throws FetchException {@link Reason#MALFORMED_MANIFEST}
   */
  static JsonObject parse(byte[] json, String what) {
    return new JsonObject(
        read(json, what, JsonToken.START_OBJECT, "a JSON object", StrictJson::object), what);
  }

  /** The same for a list of objects, which docker save has at the top of its one document. */
  static List<JsonObject> parseList(byte[] json, String what) {
    List<Object> items =
        read(json, what, JsonToken.START_ARRAY, "a JSON list of objects", StrictJson::array);
    return new JsonObject(Map.of("list", items), what).objects("list");
  }

  private interface Reading<T> {
    T by(StrictJson reader) throws IOException;
  }

  private static <T> T read(
      byte[] json, String what, JsonToken start, String expected, Reading<T> reading) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
    } catch (CharacterCodingException e) {
      throw malformed(what, "it is not UTF-8", e);
    }
    try (JsonParser parser = FACTORY.createParser(text)) {
      if (parser.nextToken() != start) {
        throw malformed(what, "expected " + expected, null);
      }
      T value = reading.by(new StrictJson(parser));
      if (parser.nextToken() != null) {
        throw malformed(what, "bytes follow " + expected.replaceFirst("a ", "the "), null);
      }
      return value;
    } catch (StreamConstraintsException e) {
      throw malformed(what, "it is nested too deep or holds an oversized value", e);
    } catch (IOException e) {
      throw malformed(what, firstLine(e), e);
    }
  }

  private Map<String, Object> object() throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      fields.put(name, value());
    }
    return fields;
  }

  private List<Object> array() throws IOException {
    List<Object> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(value());
    }
    return items;
  }

  private Object value() throws IOException {
    if (++values > MAX_VALUES) {
      throw new IOException("it has more than " + MAX_VALUES + " values");
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> object();
      case START_ARRAY -> array();
      case VALUE_STRING -> parser.getText();
      // Kept as written: what is read as a number is checked where its range is known.
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new JsonObject.WrittenNumber(parser.getText());
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> throw new IOException("unexpected " + parser.currentToken());
    };
  }

  static FetchException malformed(String what, String problem, Throwable cause) {
    return new FetchException(
        Reason.MALFORMED_MANIFEST,
        "failed to read " + what + ": " + Printable.escape(problem, 300),
        cause);
  }

  private static String firstLine(IOException e) {
    String message = String.valueOf(e.getMessage());
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }
}
