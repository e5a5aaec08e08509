package dev.ipfstee.fetcher.store;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON as maps, lists, strings, booleans, nulls and numbers as written, for documents of which
 * parts are kept without being understood. Strict: no duplicate keys, nothing after the object,
 * bounded depth. Data binding isn't used because loading it takes longer than a small fetch.
 */
public final class JsonTree {
  private static final int MAX_DEPTH = 32;

  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
          .build();

  private JsonTree() {}

  /** A number that is written as it was read. */
  record Literal(String text) {}

  /** The text isn't what was expected; the message shows the place and none of the text. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }
  }

  /** Parses one object. */
  static Map<String, Object> parseObject(byte[] text) throws Malformed {
    try (JsonParser parser = FACTORY.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new Malformed("expected a JSON object, found something else");
      }
      Map<String, Object> object = object(parser);
      if (parser.nextToken() != null) {
        throw new Malformed("expected nothing after the JSON object");
      }
      return object;
    } catch (JsonProcessingException malformed) {
      var location = malformed.getLocation();
      throw new Malformed(
          "not valid JSON"
              + (location == null
                  ? ""
                  : " at line " + location.getLineNr() + ", column " + location.getColumnNr()));
    } catch (IOException alsoMalformed) {
      throw new Malformed("not valid JSON: not UTF-8");
    }
  }

  private static Map<String, Object> object(JsonParser parser) throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      fields.put(name, value(parser));
    }
    return fields;
  }

  private static Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> {
        List<Object> values = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          values.add(value(parser));
        }
        yield values;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> new Literal(parser.getText());
    };
  }

  /**
   * Writes a tree of maps, iterables, strings, booleans, {@link Long}s, {@link Integer}s and nulls,
   * in the order of the maps and without white space.
   */
  public static byte[] bytes(Object tree) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator generator = FACTORY.createGenerator(bytes)) {
      write(tree, generator);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  private static void write(Object value, JsonGenerator generator) throws IOException {
    switch (value) {
      case null -> generator.writeNull();
      case String text -> generator.writeString(text);
      case Boolean bool -> generator.writeBoolean(bool);
      case Integer number -> generator.writeNumber(number);
      case Long number -> generator.writeNumber(number);
      case Literal number -> generator.writeNumber(number.text());
      case Map<?, ?> map -> {
        generator.writeStartObject();
        for (var field : map.entrySet()) {
          generator.writeFieldName((String) field.getKey());
          write(field.getValue(), generator);
        }
        generator.writeEndObject();
      }
      case Iterable<?> values -> {
        generator.writeStartArray();
        for (Object element : values) {
          write(element, generator);
        }
        generator.writeEndArray();
      }
      default -> throw new IllegalArgumentException("no JSON for " + value.getClass());
    }
  }

  /** A field of an object as a string; empty when it is missing or no string. */
  static String text(Object object, String field) {
    return field(object, field) instanceof String text ? text : "";
  }

  /** A field of an object; null when it is missing, or when there's no object. */
  static Object field(Object object, String field) {
    return object instanceof Map<?, ?> map ? map.get(field) : null;
  }

  /** A field of an object as a whole number; −1 when it is missing or none of 63 bits. */
  static long count(Object object, String field) {
    return switch (field(object, field)) {
      case Literal(String text) -> count(text);
      case Long number -> Math.max(-1, number);
      case Integer number -> Math.max(-1, number);
      case null, default -> -1;
    };
  }

  private static long count(String text) {
    try {
      return Math.max(-1, Long.parseLong(text));
    } catch (NumberFormatException noCount) {
      return -1;
    }
  }
}
