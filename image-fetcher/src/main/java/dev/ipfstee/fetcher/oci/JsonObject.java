package dev.ipfstee.fetcher.oci;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One object of a strictly read document, with typed access. A field that is {@code null} counts as
 * absent, as it does for the Go programs that read the same documents; every wrong type is {@link
 * Reason#MALFORMED_MANIFEST}.
 */
final class JsonObject {
  /** A number as it was written. */
  record WrittenNumber(String text) {}

  private static final Pattern INTEGER = Pattern.compile("-?(0|[1-9][0-9]*)");

  private final Map<String, Object> fields;
  private final String what;

  JsonObject(Map<String, Object> fields, String what) {
    this.fields = fields;
    this.what = what;
  }

  /**
   * Refuses fields that differ from the given names in case only: Go's decoder takes {@code
   * "Layers"} for {@code "layers"}, so such a document means one thing here and another one there.
   */
  JsonObject requireExactCase(String... names) {
    for (String field : fields.keySet()) {
      for (String name : names) {
        if (field.equalsIgnoreCase(name) && !field.equals(name)) {
          throw malformed("'" + field + "' differs from '" + name + "' in case only");
        }
      }
    }
    return this;
  }

  boolean has(String name) {
    return fields.get(name) != null;
  }

  /** For lists that must be there, though Go writes an empty one as {@code null}. */
  JsonObject requireKey(String name) {
    if (!fields.containsKey(name)) {
      throw malformed("'" + name + "' is missing");
    }
    return this;
  }

  String requireString(String name) {
    return string(name)
        .filter(text -> !text.isEmpty())
        .orElseThrow(() -> malformed("'" + name + "' is missing or empty"));
  }

  Optional<String> string(String name) {
    return switch (fields.get(name)) {
      case null -> Optional.empty();
      case String text -> Optional.of(text);
      default -> throw wrongType(name, "a string");
    };
  }

  /** A non-negative integer of at most 63 bits, written without fraction or exponent. */
  long requireCount(String name) {
    if (fields.get(name) instanceof WrittenNumber number
        && INTEGER.matcher(number.text()).matches()) {
      try {
        long value = Long.parseLong(number.text());
        if (value >= 0) {
          return value;
        }
      } catch (NumberFormatException e) {
        throw malformed("'" + name + "' is out of range");
      }
    }
    throw wrongType(name, "an integer ≥ 0");
  }

  Optional<JsonObject> object(String name) {
    Object value = fields.get(name);
    return value == null ? Optional.empty() : Optional.of(asObject(value, name));
  }

  List<JsonObject> objects(String name) {
    List<Object> values = list(name);
    List<JsonObject> objects = new ArrayList<>(values.size());
    for (int i = 0; i < values.size(); i++) {
      objects.add(asObject(values.get(i), name + "[" + i + "]"));
    }
    return objects;
  }

  List<String> strings(String name) {
    List<String> strings = new ArrayList<>();
    for (Object value : list(name)) {
      if (!(value instanceof String text)) {
        throw wrongType(name, "a list of strings");
      }
      strings.add(text);
    }
    return strings;
  }

  Map<String, String> stringMap(String name) {
    Map<String, String> strings = new LinkedHashMap<>();
    object(name)
        .ifPresent(
            map ->
                map.fields.forEach(
                    (key, value) -> {
                      if (!(value instanceof String text)) {
                        throw wrongType(name, "an object of strings");
                      }
                      strings.put(key, text);
                    }));
    return strings;
  }

  /** The field names of an object whose values don't matter. */
  List<String> keys(String name) {
    return object(name).map(map -> List.copyOf(map.fields.keySet())).orElse(List.of());
  }

  FetchException malformed(String problem) {
    return StrictJson.malformed(what, problem, null);
  }

  private List<Object> list(String name) {
    Object value = fields.get(name);
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> values) {
      return new ArrayList<>(values);
    }
    throw wrongType(name, "a list");
  }

  private JsonObject asObject(Object value, String name) {
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> copy = new LinkedHashMap<>();
      map.forEach((key, field) -> copy.put((String) key, field));
      return new JsonObject(copy, what + ", '" + Printable.escape(name, 60) + "'");
    }
    throw wrongType(name, "an object");
  }

  private FetchException wrongType(String name, String expected) {
    return malformed("'" + name + "' is " + (has(name) ? "not " + expected : "missing"));
  }
}
