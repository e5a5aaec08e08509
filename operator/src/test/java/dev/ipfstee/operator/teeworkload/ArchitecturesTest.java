package dev.ipfstee.operator.teeworkload;

import static dev.ipfstee.operator.teeworkload.Fixtures.CID;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ArchitecturesTest {
  private static final String TERMS =
      "/spec/template/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution"
          + "/nodeSelectorTerms";

  private static final String TWO_IMAGES =
      """
      images: [{container: side, ipfsImage: side}]
      tee: {profile: snp}
      template: {spec: {containers: [{name: app, image: "ipfs://%s"}, {name: side}]}}
      """
          .formatted(CID);

  @Test
  void podsGoWhereTheImageRuns() {
    Fixtures world = new Fixtures().platforms("linux/arm64/v8", "linux/amd64");

    assertThat(WorkloadDeployment.build(world.inputs()).at(TERMS))
        .isEqualTo(
            yaml(
                """
                - matchExpressions:
                  - {key: amd.feature.node.kubernetes.io/snp, operator: In, values: ["true"]}
                  - {key: kubernetes.io/arch, operator: In, values: [amd64, arm64]}
                """));
  }

  @Test
  void whichNodesThereAreChangesNothing() {
    Fixtures world = new Fixtures().platforms("linux/amd64");
    String before = WorkloadDeployment.build(world.inputs()).toString();

    world.node(Map.of("kubernetes.io/arch", "arm64"));

    assertThat(WorkloadDeployment.build(world.inputs())).hasToString(before);
  }

  @Test
  void allContainersMustRunThere() {
    Fixtures world = withSide("linux/amd64").platforms("linux/amd64", "linux/arm64");

    assertThat(Architectures.ofAll(world.inputs()).orElseThrow()).containsExactly("amd64");
    assertThat(TeeWorkloadChecks.ALL.findings(world.inputs())).isEmpty();
  }

  @Test
  void imagesForDifferentMachinesAreRefused() {
    Fixtures world = withSide("linux/amd64").platforms("linux/arm64");

    assertThat(TeeWorkloadChecks.ALL.findings(world.inputs()))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.reason()).isEqualTo(Reason.PLATFORM_MISSING);
              assertThat(finding.message())
                  .isEqualTo(
                      "no node can run all containers of the pod, whose images have no"
                          + " architecture in common: 'app' has arm64, 'side' has amd64; choose"
                          + " images that share one");
            });
  }

  @Test
  void nodesOfAnotherArchitectureDoNotCount() {
    Map<String, String> labels =
        Map.of(
            "amd.feature.node.kubernetes.io/snp", "true",
            "katacontainers.io/kata-runtime", "true",
            "kubernetes.io/arch", "amd64");
    Fixtures world = new Fixtures().noNodes().node(labels);

    assertThat(world.platforms("linux/amd64").inputs().eligibleNodes()).isEqualTo(1);
    assertThat(world.platforms("linux/arm64").inputs().eligibleNodes()).isZero();
    assertThat(NodeDemand.of(world.inputs()))
        .isEqualTo(
            "amd.feature.node.kubernetes.io/snp=true, and katacontainers.io/kata-runtime=true by"
                + " RuntimeClass 'kata-qemu-snp', and kubernetes.io/arch=arm64 by its images");
  }

  /** The workload's image, and beside it one of another IpfsImage. */
  private static Fixtures withSide(String platform) {
    Fixtures side = new Fixtures().platforms(platform);
    IpfsImage image = side.inputs().images().values().iterator().next();
    image.getMetadata().setName("side");
    return new Fixtures().spec(TWO_IMAGES).image(image);
  }

  private static JsonNode yaml(String text) {
    return Serialization.unmarshal("---\n" + text, JsonNode.class);
  }
}
