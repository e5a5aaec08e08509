package dev.ipfstee.operator.ipfsimage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.ImagePlatform;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.NodeSummary.NodeFailure;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.testing.FetchedJob;
import dev.ipfstee.testing.Await;
import dev.ipfstee.testing.Kstatus;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Two nodes with amd64, and one with arm64. */
class MixedClusterIT extends ReconciledImages {
  private static final List<String> BOTH = List.of("linux/amd64", "linux/arm64");

  @Test
  void anImageForOneArchitectureIsReadyWhereThatIs() {
    nodes.join(arm64(), "arm64");
    create("agent");
    FetchedJob first = nodes.awaitJob(namespace, "agent");
    assertThat(first.arguments())
        .contains("--platform=linux/amd64", "--platform=linux/arm64", "--any-platform");

    succeed(first);

    Set<String> left = new HashSet<>(Set.of(one, two));
    left.remove(first.node());
    while (!left.isEmpty()) {
      FetchedJob next = nodes.awaitJob(namespace, "agent");
      assertThat(next.arguments()).doesNotContain("--platform=linux/arm64");
      assertThat(left.remove(next.node())).as(next.node()).isTrue();
      succeed(next);
    }
    IpfsImage ready = awaitReady("agent", "True", Reason.SUCCEEDED, Kstatus.CURRENT);
    assertThat(ready.getStatus().platforms())
        .extracting(ImagePlatform::platform)
        .containsExactly("linux/amd64");
    assertThat(ready.getStatus().nodes().desired()).isEqualTo(2);
  }

  @Test
  void anImageForBothIsVerifiedThoughOneRegistryNeverAnswers() {
    nodes.joinSilently(arm64(), "arm64");
    create("agent");
    for (int i = 0; i < 2; i++) {
      FetchedJob job = nodes.awaitJob(namespace, "agent");
      assertThat(job.node()).isNotEqualTo(arm64());
      nodes.hold(job.node(), CID, DIGEST, BOTH);
      job.succeed(CID, DIGEST, BOTH);
    }

    IpfsImage told = awaitReady("agent", "False", Reason.REGISTRY_UNREACHABLE, Kstatus.IN_PROGRESS);
    Await.untilAsserted(
        "the others have it",
        () -> assertThat(get("agent").getStatus().nodes().ready()).isEqualTo(2));
    assertThat(get("agent").getStatus().nodes().desired()).isEqualTo(3);
    assertThat(get("agent").getStatus().nodes().failures())
        .containsExactly(new NodeFailure(arm64(), "RegistryUnreachable"));
    assertThat(conditionOf(told, ConditionTypes.READY).getMessage()).contains("on node " + arm64());
    assertThat(conditionOf(told, ConditionTypes.DISTRIBUTED).getReason())
        .isEqualTo("RegistryUnreachable");
    assertThat(conditionOf(told, ConditionTypes.VERIFIED).getStatus()).isEqualTo("True");
  }

  @Test
  void aPlatformThatIsAskedForMustBeThere() {
    nodes.join(arm64(), "arm64");
    create("agent", "platforms: [linux/amd64, linux/arm64]");
    FetchedJob job = nodes.awaitJob(namespace, "agent");
    assertThat(job.arguments()).doesNotContain("--any-platform");

    job.fail(
        14, "PlatformMissing", "failed to find platform linux/arm64: the image has linux/amd64");

    IpfsImage refused = awaitReady("agent", "False", Reason.PLATFORM_MISSING, Kstatus.FAILED);
    assertThat(conditionOf(refused, ConditionTypes.READY).getMessage())
        .contains("failed to find platform linux/arm64: the image has linux/amd64");
  }

  private String arm64() {
    return "arm64-" + namespace;
  }
}
