package dev.ipfstee.crds;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What in a newer CustomResourceDefinition takes away from users of an older one: objects that were
 * valid and aren't any more, fields that are dropped, defaults that mean something else.
 */
final class CrdChanges {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> UPPER_BOUNDS =
      List.of("maxLength", "maxItems", "maxProperties", "maximum");
  private static final List<String> LOWER_BOUNDS =
      List.of("minLength", "minItems", "minProperties", "minimum");

  /** A schema's words that must stay as they are. */
  private static final List<String> FIXED =
      List.of(
          "type",
          "x-kubernetes-list-type",
          "x-kubernetes-map-type",
          "x-kubernetes-int-or-string",
          "x-kubernetes-embedded-resource");

  /** Words that may go, but neither come nor change. */
  private static final List<String> RESTRICTIONS =
      List.of(
          "pattern",
          "format",
          "uniqueItems",
          "multipleOf",
          "not",
          "allOf",
          "anyOf",
          "oneOf",
          "exclusiveMinimum",
          "exclusiveMaximum",
          "x-kubernetes-list-map-keys");

  private final List<String> breaking = new ArrayList<>();

  private CrdChanges() {}

  /** One line each, such as {@code v1 .spec.size: maximum was 10, is 5}; empty when none breaks. */
  static List<String> breaking(String older, String newer) {
    CrdChanges changes = new CrdChanges();
    changes.definitions(read(older), read(newer));
    return List.copyOf(changes.breaking);
  }

  private static JsonNode read(String yaml) {
    return JSON.valueToTree(Serialization.unmarshal(yaml, Map.class));
  }

  private void definitions(JsonNode older, JsonNode newer) {
    String where = older.at("/metadata/name").asText();
    for (String fixed : List.of("group", "scope")) {
      same(where, fixed, older.path("spec").path(fixed), newer.path("spec").path(fixed));
    }
    for (String fixed : List.of("kind", "listKind", "plural", "singular")) {
      same(where, fixed, older.at("/spec/names/" + fixed), newer.at("/spec/names/" + fixed));
    }
    for (String names : List.of("shortNames", "categories")) {
      missing(where, names, older.at("/spec/names/" + names), newer.at("/spec/names/" + names));
    }
    for (JsonNode version : older.at("/spec/versions")) {
      String name = version.path("name").asText();
      JsonNode now = named(newer.at("/spec/versions"), name);
      if (version.path("served").asBoolean() && !now.path("served").asBoolean()) {
        breaking.add("%s: version %s isn't served any more".formatted(where, name));
        continue;
      }
      for (String subresource : List.of("status", "scale")) {
        if (version.path("subresources").has(subresource)) {
          JsonNode then = version.path("subresources").path(subresource);
          same(
              name, "subresource " + subresource, then, now.path("subresources").path(subresource));
        }
      }
      schema(name + " ", version.at("/schema/openAPIV3Schema"), now.at("/schema/openAPIV3Schema"));
    }
  }

  private void schema(String where, JsonNode older, JsonNode newer) {
    FIXED.forEach(word -> same(where, word, older.path(word), newer.path(word)));
    same(where, "default", older.path("default"), newer.path("default"));
    for (String word : RESTRICTIONS) {
      if (newer.has(word)) {
        same(where, word, older.path(word), newer.path(word));
      }
    }
    UPPER_BOUNDS.forEach(word -> bound(where, word, older.path(word), newer.path(word), 1));
    LOWER_BOUNDS.forEach(word -> bound(where, word, older.path(word), newer.path(word), -1));
    for (String word : List.of("nullable", "x-kubernetes-preserve-unknown-fields")) {
      if (older.path(word).asBoolean()) {
        same(where, word, older.path(word), newer.path(word));
      }
    }
    if (newer.has("enum")) {
      if (older.has("enum")) {
        missing(where, "enum", older.path("enum"), newer.path("enum"));
      } else {
        same(where, "enum", MissingNode.getInstance(), newer.path("enum"));
      }
    }
    missing(where, "not required", newer.path("required"), older.path("required"));
    validations(
        where, older.path("x-kubernetes-validations"), newer.path("x-kubernetes-validations"));
    children(where, older, newer);
  }

  private void children(String where, JsonNode older, JsonNode newer) {
    older
        .path("properties")
        .properties()
        .forEach(
            property -> {
              String path = where + "." + property.getKey();
              if (newer.path("properties").has(property.getKey())) {
                schema(path, property.getValue(), newer.path("properties").path(property.getKey()));
              } else {
                breaking.add(path + ": removed");
              }
            });
    for (String word : List.of("items", "additionalProperties")) {
      String path = where + (word.equals("items") ? "[]" : "{}");
      if (older.path(word).isObject()) {
        if (newer.path(word).isObject()) {
          schema(path, older.path(word), newer.path(word));
        } else {
          breaking.add(path + ": removed");
        }
      }
    }
  }

  /** Rules by their text: one that is new or reworded may refuse what passed. */
  private void validations(String where, JsonNode older, JsonNode newer) {
    Set<String> known = new HashSet<>();
    older.forEach(rule -> known.add(rule.path("rule").asText()));
    for (JsonNode rule : newer) {
      String text = rule.path("rule").asText();
      if (!known.contains(text)) {
        breaking.add("%s: new rule %s".formatted(where, text));
      }
    }
  }

  private void bound(String where, String word, JsonNode older, JsonNode newer, int sign) {
    boolean tighter =
        newer.isNumber()
            && (!older.isNumber()
                || Integer.signum(newer.decimalValue().compareTo(older.decimalValue())) == -sign);
    if (tighter) {
      same(where, word, older, newer);
    }
  }

  private void missing(String where, String word, JsonNode older, JsonNode newer) {
    Set<JsonNode> now = new HashSet<>();
    newer.forEach(now::add);
    for (JsonNode value : older) {
      if (!now.contains(value)) {
        breaking.add("%s: %s had %s, hasn't any more".formatted(where, word, value));
      }
    }
  }

  private void same(String where, String word, JsonNode older, JsonNode newer) {
    if (!older.equals(newer)) {
      breaking.add("%s: %s was %s, is %s".formatted(where, word, text(older), text(newer)));
    }
  }

  private static String text(JsonNode value) {
    return value.isMissingNode() ? "absent" : value.toString();
  }

  private static JsonNode named(JsonNode list, String name) {
    for (JsonNode each : list) {
      if (name.equals(each.path("name").asText())) {
        return each;
      }
    }
    return MissingNode.getInstance();
  }
}
