package dev.ipfstee.crds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.testing.ApiServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** No release takes from users what the one before gave them, unless that is written down. */
class CrdCompatibilityTest {
  /** Breaks on purpose, one a line, as the test words them; emptied after a release. */
  private static final Path ACCEPTED = Path.of("accepted-breaking-changes.txt");

  private static final String OLD =
      """
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata: {name: things.example.com}
      spec:
        group: example.com
        scope: Namespaced
        names: {kind: Thing, plural: things, singular: thing, shortNames: [th]}
        versions:
        - name: v1
          served: true
          storage: true
          subresources: {status: {}}
          schema:
            openAPIV3Schema:
              type: object
              required: [spec]
              properties:
                spec:
                  type: object
                  x-kubernetes-validations: [{rule: "self.size > 0", message: m}]
                  properties:
                    size: {type: integer, maximum: 10, minimum: 1, default: 3}
                    mode: {type: string, enum: [A, B]}
                    name: {type: string}
                    words: {type: array, items: {type: string, pattern: "a*"}}
                    labels: {type: object, additionalProperties: {type: string}}
                    anything: {type: object, x-kubernetes-preserve-unknown-fields: true}
      """;

  static Stream<Arguments> breaks() {
    return Stream.of(
        breaks("name: {type: string}", "", "v1 .spec.name: removed"),
        breaks(
            "{type: string, enum: [A, B]}",
            "{type: string, enum: [A]}",
            "v1 .spec.mode: enum had \"B\", hasn't any more"),
        breaks(
            "name: {type: string}",
            "name: {type: string, enum: [x]}",
            "v1 .spec.name: enum was absent, is [\"x\"]"),
        breaks(
            "name: {type: string}",
            "name: {type: integer}",
            "v1 .spec.name: type was \"string\", is \"integer\""),
        breaks(
            "name: {type: string}",
            "name: {type: string, maxLength: 5}",
            "v1 .spec.name: maxLength was absent, is 5"),
        breaks(
            "name: {type: string}",
            "name: {type: string, pattern: x}",
            "v1 .spec.name: pattern was absent, is \"x\""),
        breaks("maximum: 10", "maximum: 9", "v1 .spec.size: maximum was 10, is 9"),
        breaks("minimum: 1,", "minimum: 2,", "v1 .spec.size: minimum was 1, is 2"),
        breaks("default: 3", "default: 4", "v1 .spec.size: default was 3, is 4"),
        breaks(", default: 3", "", "v1 .spec.size: default was 3, is absent"),
        breaks(
            "required: [spec]",
            "required: [spec, status]",
            "v1 : not required had \"status\", hasn't any more"),
        breaks("self.size > 0", "self.size > 1", "v1 .spec: new rule self.size > 1"),
        breaks(
            "pattern: \"a*\"",
            "pattern: \"b*\"",
            "v1 .spec.words[]: pattern was \"a*\", is \"b*\""),
        breaks(
            "additionalProperties: {type: string}",
            "additionalProperties: {type: integer}",
            "v1 .spec.labels{}: type was \"string\", is \"integer\""),
        breaks(
            ", x-kubernetes-preserve-unknown-fields: true",
            "",
            "v1 .spec.anything: x-kubernetes-preserve-unknown-fields was true, is absent"),
        breaks(
            "served: true",
            "served: false",
            "things.example.com: version v1 isn't served any more"),
        breaks("name: v1", "name: v2", "things.example.com: version v1 isn't served any more"),
        breaks("subresources: {status: {}}", "", "v1: subresource status was {}, is absent"),
        breaks(
            "shortNames: [th]",
            "shortNames: []",
            "things.example.com: shortNames had \"th\", hasn't any more"),
        breaks(
            "scope: Namespaced",
            "scope: Cluster",
            "things.example.com: scope was \"Namespaced\", is \"Cluster\""));
  }

  private static Arguments breaks(String older, String newer, String message) {
    return Arguments.of(older, newer, message);
  }

  @ParameterizedTest
  @MethodSource("breaks")
  void whatTakesAwayIsNamed(String older, String newer, String message) {
    assertThat(OLD).contains(older);
    assertThat(CrdChanges.breaking(OLD, OLD.replace(older, newer))).containsExactly(message);
  }

  static Stream<Arguments> gives() {
    return Stream.of(
        Arguments.of(
            "name: {type: string}",
            "name: {type: string, description: d}\n              more: {type: string}"),
        Arguments.of("enum: [A, B]", "enum: [A, B, C]"),
        Arguments.of(", enum: [A, B]", ""),
        Arguments.of("maximum: 10", "maximum: 11"),
        Arguments.of("minimum: 1,", ""),
        Arguments.of(", pattern: \"a*\"", ""),
        Arguments.of("x-kubernetes-validations: [{rule: \"self.size > 0\", message: m}]", ""),
        Arguments.of("required: [spec]", ""),
        Arguments.of("shortNames: [th]", "shortNames: [th, thg]"));
  }

  @ParameterizedTest
  @MethodSource("gives")
  void whatOnlyGivesIsFine(String older, String newer) {
    assertThat(OLD).contains(older);
    assertThat(CrdChanges.breaking(OLD, OLD.replace(older, newer))).isEmpty();
  }

  /** Our own are deep enough to be read in full: what is taken from them is seen. */
  @Test
  void everyFieldOfOurOwnIsCompared() throws IOException {
    for (Path file : ApiServer.crdManifests()) {
      String crd = Files.readString(file);
      assertThat(CrdChanges.breaking(crd, crd)).isEmpty();
      assertThat(
              CrdChanges.breaking(
                  crd, crd.replace("suspend:", "hold:").replace("paused:", "held:")))
          .containsExactly(
              "v1alpha1 .spec." + (crd.contains("suspend:") ? "suspend" : "paused") + ": removed");
    }
  }

  @Test
  void nothingIsTakenFromTheLastReleaseUnlessItIsWrittenDown() throws IOException {
    LastRelease release = new LastRelease(Path.of(".."));
    Optional<String> tag = release.tag();
    System.out.println(
        tag.map(name -> "compared with the CRDs of " + name)
            .orElse("no release is tagged yet: there is nothing to be compatible with"));

    List<String> breaking =
        tag.map(name -> sinceRelease(release.crds(name), committed())).orElse(List.of());

    List<String> accepted =
        Files.exists(ACCEPTED)
            ? Files.readAllLines(ACCEPTED).stream().filter(line -> !line.isBlank()).toList()
            : List.of();
    assertThat(breaking)
        .as("changes that break users of %s; those on purpose belong in crds/%s", tag, ACCEPTED)
        .containsExactlyInAnyOrderElementsOf(accepted);
  }

  @Test
  void theLastReleaseIsReadFromItsTag(@TempDir Path checkout) throws Exception {
    Path crd = checkout.resolve("crds/manifests/things.yaml");
    Files.createDirectories(crd.getParent());
    Files.writeString(crd, OLD);
    git(checkout, "init", "-q", "-b", "main");
    LastRelease release = new LastRelease(checkout);
    commit(checkout);
    assertThat(release.tag()).isEmpty();

    git(checkout, "tag", "v0.9.0");
    Files.writeString(crd, OLD.replace("maximum: 10", "maximum: 11"));
    commit(checkout);
    git(checkout, "tag", "v0.10.0");
    git(checkout, "tag", "v1.0.0-rc1");
    Files.writeString(crd, OLD);
    commit(checkout);

    assertThat(release.tag()).contains("v0.10.0");
    assertThat(sinceRelease(release.crds("v0.10.0"), Map.of("things.yaml", OLD)))
        .containsExactly("v1 .spec.size: maximum was 11, is 10");
    assertThat(sinceRelease(release.crds("v0.10.0"), Map.of()))
        .containsExactly("things.yaml: removed");
  }

  private static List<String> sinceRelease(Map<String, String> older, Map<String, String> newer) {
    List<String> breaking = new ArrayList<>();
    older.forEach(
        (file, crd) -> {
          if (newer.containsKey(file)) {
            breaking.addAll(CrdChanges.breaking(crd, newer.get(file)));
          } else {
            breaking.add(file + ": removed");
          }
        });
    return breaking;
  }

  private static Map<String, String> committed() {
    Map<String, String> crds = new TreeMap<>();
    for (Path file : ApiServer.crdManifests()) {
      try {
        crds.put(file.getFileName().toString(), Files.readString(file));
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
    return crds;
  }

  private static void commit(Path checkout) throws Exception {
    git(checkout, "add", "-A");
    git(checkout, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "m");
  }

  private static void git(Path checkout, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("git", "-C", checkout.toString()));
    command.addAll(List.of(arguments));
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
        .as("%s", command)
        .isZero();
  }
}
