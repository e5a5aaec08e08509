package dev.ipfstee.operator.teeworkload;

import static dev.ipfstee.operator.teeworkload.Fixtures.CID;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.check.Finding;
import dev.ipfstee.operator.config.Profile;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TeeWorkloadChecksTest {
  private static final String TEMPLATE =
      "template: {spec: {containers: [{name: app, image: \"ipfs://%s\"}]}}\n".formatted(CID);

  @Test
  void saysNothingWhenAllIsWell() {
    assertThat(findings(new Fixtures())).isEmpty();
  }

  @Test
  void tellsAllErrorsAtOnce() {
    Fixtures world =
        new Fixtures()
            .spec(
                """
                tee: {profile: sgx}
                template:
                  spec:
                    containers:
                    - {name: a}
                    - {name: b, image: nginx}
                    - {name: c, image: ipns://example.org}
                """);

    assertThat(TeeWorkloadChecks.ALL.verdict(world.inputs()))
        .hasValueSatisfying(
            verdict ->
                assertThat(verdict.message())
                    .isEqualTo(
                        "no image for container 'a': write ipfs://CID in the template, or name the"
                            + " container in spec.images; the image of container 'c' is an IPNS"
                            + " name, whose content can change: write ipfs://CID; the registry"
                            + " image of container 'b' isn't pinned: write NAME@sha256:DIGEST or"
                            + " ipfs://CID, or set tee.requireConfidential to false; tee.profile"
                            + " 'sgx' is unknown: the operator has none, snp"));
  }

  @Test
  void aPinnedRegistryImageWillDo() {
    assertThat(
            findings(
                new Fixtures()
                    .spec(
                        """
                        tee: {profile: snp}
                        template: {spec: {containers: [{name: b, image: "nginx:1@sha256:%s"}]}}
                        """
                            .formatted("0".repeat(64)))))
        .isEmpty();
  }

  @Test
  void anUnpinnedOneOnlyWhereConfidentialityIsNotRequired() {
    String spec =
        """
        tee: {profile: none, requireConfidential: %s}
        template: {spec: {containers: [{name: b, image: nginx}]}}
        """;

    assertThat(reasons(new Fixtures().spec(spec.formatted(true))))
        .containsExactly(Reason.IMAGE_NOT_PINNED, Reason.NO_TEE);
    assertThat(reasons(new Fixtures().spec(spec.formatted(false)))).isEmpty();
  }

  @Test
  void whatIsMountedFromAnImageIsPinnedToo() {
    String spec =
        """
        tee: {profile: snp, requireConfidential: %s}
        template:
          spec:
            containers: [{name: app, image: "ipfs://%s"}]
            volumes:
            - {name: tmp, emptyDir: {}}
            - {name: model, image: {reference: "registry.example/model:1"}}
            - {name: pinned, image: {reference: "registry.example/model@sha256:%s"}}
        """;

    assertThat(findings(new Fixtures().spec(spec.formatted(true, CID, "0".repeat(64)))))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.reason()).isEqualTo(Reason.IMAGE_NOT_PINNED);
              assertThat(finding.message())
                  .isEqualTo(
                      "the registry image of volume 'model' isn't pinned: write"
                          + " NAME@sha256:DIGEST, or set tee.requireConfidential to false");
            });
    assertThat(findings(new Fixtures().spec(spec.formatted(false, CID, "0".repeat(64))))).isEmpty();
  }

  @Test
  void aVolumeOfAnImageOnIpfsIsRefused() {
    assertThat(
            findings(
                new Fixtures()
                    .spec(
                        """
                        tee: {profile: snp}
                        template:
                          spec:
                            containers: [{name: app, image: "ipfs://%1$s"}]
                            volumes: [{name: model, image: {reference: "ipfs://%1$s"}}]
                        """
                            .formatted(CID))))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.reason()).isEqualTo(Reason.TEMPLATE_INVALID);
              assertThat(finding.message()).contains("volume 'model' is on IPFS");
            });
  }

  @Test
  void refusesAGuestThatPullsAndTellsTheRemedy() {
    Fixtures world =
        new Fixtures()
            .profile(
                "snp",
                new Profile(
                    Profile.Mode.PodVM, Profile.Pull.Guest, "kata-qemu-snp", List.of(), Map.of()));

    assertThat(findings(world))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.reason()).isEqualTo(Reason.GUEST_PULL_NOT_CONFIGURED);
              assertThat(finding.message()).contains("profiles.snp.pull to Host");
            });
  }

  @Test
  void namesTheMissingRuntimeClassAndHowToCheck() {
    assertThat(findings(new Fixtures().runtimeClass((RuntimeClass) null)))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.reason()).isEqualTo(Reason.RUNTIME_CLASS_NOT_FOUND);
              assertThat(finding.message())
                  .isEqualTo(
                      "RuntimeClass 'kata-qemu-snp' doesn't exist; to check: kubectl get"
                          + " runtimeclass kata-qemu-snp");
            });
  }

  @Test
  void refusesATemplateThatWantsAnotherRuntimeClass() {
    Fixtures world =
        new Fixtures()
            .spec(
                """
                tee: {profile: snp}
                template:
                  spec:
                    runtimeClassName: gvisor
                    containers: [{name: app, image: "ipfs://%s"}]
                """
                    .formatted(CID));

    assertThat(reasons(world)).containsExactly(Reason.TEMPLATE_INVALID);
  }

  @Test
  void leavesADeploymentOfSomebodyElseAlone() {
    Fixtures world =
        new Fixtures()
            .deployment(
                new DeploymentBuilder()
                    .withNewMetadata()
                    .withName("agent")
                    .endMetadata()
                    .withNewSpec()
                    .endSpec()
                    .build());

    assertThat(reasons(world)).containsExactly(Reason.NAME_CONFLICT);
    // No event tells that it was removed, as the message advises.
    assertThat(TeeWorkloadChecks.ALL.verdict(world.inputs()).orElseThrow().next().after())
        .isPresent();
  }

  @Test
  void leavesAnIpfsImageOfSomebodyElseAlone() {
    Fixtures world = new Fixtures();
    world.inputs().images().values().forEach(image -> image.getMetadata().setLabels(Map.of()));

    assertThat(reasons(world)).containsExactly(Reason.NAME_CONFLICT);
  }

  @Test
  void noneIsRefusedUnlessItIsAskedFor() {
    assertThat(reasons(new Fixtures().spec("tee: {profile: none}\n" + TEMPLATE)))
        .containsExactly(Reason.NO_TEE);
    assertThat(
            reasons(
                new Fixtures()
                    .spec("tee: {profile: none, requireConfidential: false}\n" + TEMPLATE)))
        .isEmpty();
  }

  private static List<Finding> findings(Fixtures world) {
    return TeeWorkloadChecks.ALL.findings(world.inputs());
  }

  private static List<Reason> reasons(Fixtures world) {
    return findings(world).stream().map(Finding::reason).toList();
  }
}
