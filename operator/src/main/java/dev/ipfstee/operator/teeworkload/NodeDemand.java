package dev.ipfstee.operator.teeworkload;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
    String images =
        Architectures.ofAll(inputs)
            .map(these -> Architectures.LABEL + "=" + String.join(" or ", these) + " by its images")
            .orElse("");
    String all =
        Stream.of(profile, runtimeClass, images)
            .filter(demand -> !demand.isEmpty())
            .collect(Collectors.joining(", and "));
    return all.isEmpty() ? "any that takes pods" : all;
  }

  private static String labels(Map<String, String> labels) {
    return new TreeMap<>(labels)
        .entrySet().stream()
            .map(label -> label.getKey() + "=" + label.getValue())
            .collect(Collectors.joining(" and "));
  }
}
