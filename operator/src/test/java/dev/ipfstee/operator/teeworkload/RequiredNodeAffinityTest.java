package dev.ipfstee.operator.teeworkload;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RequiredNodeAffinityTest {
  private static final String TERMS =
      "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";

  @Test
  void alternativesOfTheProfileBecomeTerms() {
    assertTerms(
        "{}",
        List.of(Map.of("b", "2", "a", "1"), Map.of("c", "3")),
        Set.of(),
        """
        - matchExpressions:
          - {key: a, operator: In, values: ["1"]}
          - {key: b, operator: In, values: ["2"]}
        - matchExpressions: [{key: c, operator: In, values: ["3"]}]
        """);
  }

  @Test
  void eachOfTheTemplatesTermsIsCombinedWithEachOfTheProfiles() {
    assertTerms(
        """
        affinity:
          podAntiAffinity: {}
          nodeAffinity:
            preferredDuringSchedulingIgnoredDuringExecution: []
            requiredDuringSchedulingIgnoredDuringExecution:
              nodeSelectorTerms:
              - matchExpressions: [{key: zone, operator: In, values: [a]}]
              - matchFields: [{key: metadata.name, operator: In, values: [n]}]
        """,
        List.of(Map.of("x", "1"), Map.of("y", "1")),
        Set.of(),
        """
        - matchExpressions:
          - {key: zone, operator: In, values: [a]}
          - {key: x, operator: In, values: ["1"]}
        - matchExpressions:
          - {key: zone, operator: In, values: [a]}
          - {key: y, operator: In, values: ["1"]}
        - matchFields: [{key: metadata.name, operator: In, values: [n]}]
          matchExpressions: [{key: x, operator: In, values: ["1"]}]
        - matchFields: [{key: metadata.name, operator: In, values: [n]}]
          matchExpressions: [{key: y, operator: In, values: ["1"]}]
        """);
  }

  @Test
  void whatTheRuntimeClassSelectsByIsNotRepeated() {
    assertTerms(
        "{}",
        List.of(Map.of("tee", "snp", "kata", "true")),
        Set.of("kata"),
        "- matchExpressions: [{key: tee, operator: In, values: [snp]}]");
  }

  @Test
  void nothingIsAddedWhenTheRuntimeClassSaysItAll() {
    ObjectNode podSpec = tree("{nodeSelector: {a: b}}");

    RequiredNodeAffinity.restrict(podSpec, List.of(Map.of("kata", "true")), Set.of("kata"));

    assertThat(podSpec).isEqualTo(tree("{nodeSelector: {a: b}}"));
  }

  @Test
  void aProfileOfAnyNodeAddsNothing() {
    ObjectNode podSpec = tree("{}");

    RequiredNodeAffinity.restrict(podSpec, List.of(), Set.of());

    assertThat(podSpec).isEqualTo(tree("{}"));
  }

  private static void assertTerms(
      String podSpec, List<Map<String, String>> profile, Set<String> keys, String expected) {
    ObjectNode tree = tree(podSpec);

    RequiredNodeAffinity.restrict(tree, profile, keys);

    assertThat(tree.at(TERMS).toString())
        .isEqualTo(tree("terms:\n" + expected.indent(2)).get("terms").toString());
  }

  private static ObjectNode tree(String yaml) {
    return Serialization.unmarshal("---\n" + yaml, ObjectNode.class);
  }
}
