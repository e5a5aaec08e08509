package dev.ipfstee.operator.teeworkload;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a workload wants of a node, in words. */
final class NodeDemand {
  private NodeDemand() {}

  static String of(TeeWorkloadInputs inputs) {
    String profile =
        inputs.profile().orElseThrow().nodeSelectorTerms().stream()
            .map(NodeDemand::labels)
            .collect(Collectors.joining(" or "));
    Map<String, String> selector = inputs.runtimeClassNodeSelector();
    String runtimeClass =
        selector.isEmpty()
            ? ""
            : "%s by RuntimeClass '%s'"
                .formatted(labels(selector), inputs.runtimeClassName().orElse(""));
    if (profile.isEmpty() && runtimeClass.isEmpty()) {
      return "any that takes pods";
    }
    return profile.isEmpty() || runtimeClass.isEmpty()
        ? profile + runtimeClass
        : profile + ", and " + runtimeClass;
  }

  private static String labels(Map<String, String> labels) {
    return new TreeMap<>(labels)
        .entrySet().stream()
            .map(label -> label.getKey() + "=" + label.getValue())
            .collect(Collectors.joining(" and "));
  }
}
