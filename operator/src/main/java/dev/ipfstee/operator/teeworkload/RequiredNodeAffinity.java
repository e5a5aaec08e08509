package dev.ipfstee.operator.teeworkload;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;

/**
 * Restricts pods to nodes that fit a profile, beside what the template already demands. Terms are
 * alternatives, so each of the template's is combined with each of the profile's.
 */
final class RequiredNodeAffinity {
  private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
  private static final String TERMS = "nodeSelectorTerms";
  private static final String EXPRESSIONS = "matchExpressions";

  private RequiredNodeAffinity() {}

  /**
   * @param podSpec changed in place
   * @param alternatives labels of the profile: a node fits if it has all of one of them
   * @param ofRuntimeClass label keys that the RuntimeClass selects by; they are the class's to
   *     demand, and never repeated
   */
  static void restrict(
      ObjectNode podSpec, List<Map<String, String>> alternatives, Set<String> ofRuntimeClass) {
    List<ArrayNode> profile =
        alternatives.stream().map(labels -> expressions(labels, ofRuntimeClass)).toList();
    if (!profile.isEmpty() && profile.stream().noneMatch(ArrayNode::isEmpty)) {
      demand(podSpec, profile);
    }
  }

  /**
   * Restricts to nodes on which that label has one of these values.
   *
   * @param podSpec changed in place
   */
  static void restrict(ObjectNode podSpec, String label, NavigableSet<String> values) {
    ArrayNode expressions = JsonNodeFactory.instance.arrayNode();
    ObjectNode expression = expressions.addObject();
    expression.put("key", label).put("operator", "In");
    values.forEach(expression.putArray("values")::add);
    demand(podSpec, List.of(expressions));
  }

  /** Each of the terms that are there is combined with each of the alternatives. */
  private static void demand(ObjectNode podSpec, List<ArrayNode> alternatives) {
    ObjectNode required =
        Template.object(
            Template.object(Template.object(podSpec, "affinity"), "nodeAffinity"), REQUIRED);
    JsonNode written = required.path(TERMS);
    ArrayNode combined = JsonNodeFactory.instance.arrayNode();
    if (written.isEmpty()) {
      alternatives.forEach(expressions -> combined.addObject().set(EXPRESSIONS, expressions));
    }
    for (JsonNode term : written) {
      for (ArrayNode expressions : alternatives) {
        combined.add(and(term, expressions));
      }
    }
    required.set(TERMS, combined);
  }

  private static JsonNode and(JsonNode term, ArrayNode expressions) {
    if (!(term.deepCopy() instanceof ObjectNode both)) {
      return term;
    }
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    both.path(EXPRESSIONS).forEach(all::add);
    all.addAll(expressions.deepCopy());
    both.set(EXPRESSIONS, all);
    return both;
  }

  private static ArrayNode expressions(Map<String, String> labels, Set<String> without) {
    ArrayNode expressions = JsonNodeFactory.instance.arrayNode();
    new TreeMap<>(labels)
        .forEach(
            (key, value) -> {
              if (!without.contains(key)) {
                ObjectNode expression = expressions.addObject();
                expression.put("key", key).put("operator", "In");
                expression.putArray("values").add(value);
              }
            });
    return expressions;
  }
}
