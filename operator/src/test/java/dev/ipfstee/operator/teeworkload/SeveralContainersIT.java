package dev.ipfstee.operator.teeworkload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.ipfstee.api.v1alpha1.ApiAnnotations;
import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.api.v1alpha1.TeeWorkloadStatus.PinnedImage;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import org.junit.jupiter.api.Test;

/** Pods of more than one container: each runs what it names, and no other container's image. */
class SeveralContainersIT extends ReconciledWorkloads {
  private static final String PINNED = "registry.example/proxy:1@sha256:" + "b".repeat(64);

  /** An init container and one that stays beside the app, each from IPFS, and a registry's. */
  private static String pod(String proxy) {
    return """
    tee: {profile: snp}
    template:
      spec:
        initContainers:
        - {name: setup, image: "ipfs://%2$s"}
        - {name: keeper, image: "/ipfs/%1$s", restartPolicy: Always}
        containers:
        - {name: app, image: "ipfs://%1$s"}
        - {name: proxy, image: "%3$s"}
    """
        .formatted(FIRST, SECOND, proxy);
  }

  @Test
  void eachContainerIsPinnedToItsOwnContentAndOneContentIsOneImage() {
    create("agent", pod(PINNED));
    awaitImage(FIRST);
    awaitImage(SECOND);
    assertThat(client.resources(IpfsImage.class).inNamespace(namespace).list().getItems())
        .hasSize(2);

    verify(FIRST);

    TeeWorkload waiting =
        awaitMessage(
            "agent",
            "IpfsImage '%s' of container 'setup'".formatted(Fixtures.nameOf("ipfs://" + SECOND)));
    assertThat(Kstatus.of(waiting)).isEqualTo(Kstatus.IN_PROGRESS);
    assertThat(deployment("agent")).isNull();

    verify(SECOND);

    PodTemplateSpec template = awaitDeployment("agent", FIRST).getSpec().getTemplate();
    assertThat(template.getSpec().getInitContainers())
        .extracting(Container::getName, Container::getImage, Container::getRestartPolicy)
        .containsExactly(
            tuple("setup", reference(SECOND), null), tuple("keeper", reference(FIRST), "Always"));
    assertThat(template.getSpec().getContainers())
        .extracting(Container::getName, Container::getImage)
        .containsExactly(tuple("app", reference(FIRST)), tuple("proxy", PINNED));
    assertThat(template.getMetadata().getAnnotations())
        .containsEntry(ApiAnnotations.containerImage("setup"), reference(SECOND))
        .containsEntry(ApiAnnotations.containerImage("keeper"), reference(FIRST))
        .containsEntry(ApiAnnotations.containerImage("app"), reference(FIRST))
        .doesNotContainKey(ApiAnnotations.containerImage("proxy"));
    rollOut("agent");
    TeeWorkload ready =
        awaitReady("agent", "True", Reason.MINIMUM_REPLICAS_AVAILABLE, Kstatus.CURRENT);
    assertThat(ready.getStatus().images())
        .extracting(PinnedImage::container, PinnedImage::cid)
        .containsExactlyInAnyOrder(
            tuple("app", FIRST), tuple("setup", SECOND), tuple("keeper", FIRST));
  }

  @Test
  void aRegistryImageWithoutADigestStopsTheUpdateAndNotWhatRuns() {
    create("agent", pod(PINNED));
    awaitImage(FIRST);
    verify(FIRST);
    awaitImage(SECOND);
    verify(SECOND);
    awaitDeployment("agent", FIRST);
    rollOut("agent");
    awaitReady("agent", "True", Reason.MINIMUM_REPLICAS_AVAILABLE, Kstatus.CURRENT);
    String before = deployment("agent").getMetadata().getResourceVersion();

    change("agent", pod("registry.example/proxy:1"));

    TeeWorkload refused = awaitReady("agent", "False", Reason.IMAGE_NOT_PINNED, Kstatus.FAILED);
    assertThat(conditionOf(refused, ConditionTypes.READY).getMessage())
        .contains("container 'proxy' isn't pinned: write NAME@sha256:DIGEST");
    assertThat(conditionOf(refused, ConditionTypes.AVAILABLE).getStatus()).isEqualTo("True");
    assertThat(deployment("agent").getMetadata().getResourceVersion()).isEqualTo(before);

    change("agent", pod(PINNED));

    awaitReady("agent", "True", Reason.MINIMUM_REPLICAS_AVAILABLE, Kstatus.CURRENT);
    assertThat(deployment("agent").getMetadata().getResourceVersion()).isEqualTo(before);
  }

  @Test
  void anEphemeralContainerHasNoPlaceInATemplateAndTheServerSaysSo() {
    create(
        "agent",
        """
        tee: {profile: snp}
        template:
          spec:
            containers: [{name: app, image: "ipfs://%s"}]
            ephemeralContainers: [{name: debugger, image: "%s"}]
        """
            .formatted(FIRST, PINNED));

    TeeWorkload refused = awaitReady("agent", "False", Reason.TEMPLATE_INVALID, Kstatus.FAILED);

    assertThat(conditionOf(refused, ConditionTypes.READY).getMessage())
        .contains("ephemeralContainers", "ephemeral containers not allowed in pod template");
  }

  @Test
  void allImagesThatHaveFailedAreTold() {
    create("agent", pod(PINNED));
    awaitImage(FIRST);
    awaitImage(SECOND);

    fail(FIRST, Reason.IMAGE_TOO_LARGE, "11 GiB, 10 GiB are allowed");
    fail(SECOND, Reason.LAYOUT_UNRECOGNIZED, "it is a text");

    TeeWorkload refused = awaitMessage("agent", "container 'setup': it is a text");
    assertThat(conditionOf(refused, ConditionTypes.READY).getMessage())
        .contains("containers 'app', 'keeper': 11 GiB, 10 GiB are allowed");
    assertThat(Kstatus.of(refused)).isEqualTo(Kstatus.FAILED);
  }
}
