package dev.ipfstee.operator.ipfsimage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.ImageProgress;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.testing.FetchedJob;
import dev.ipfstee.operator.testing.Observed;
import dev.ipfstee.testing.Await;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.Watch;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What becomes of one image in the course of its life. */
class IpfsImageReconcilerIT extends ReconciledImages {
  @Test
  void oneNodeResolvesTheImageAndTheOthersMustFindTheSame() {
    create("agent");
    FetchedJob first = nodes.awaitJob(namespace, "agent");
    assertThat(nodes.jobs(namespace, "agent")).hasSize(1);
    assertThat(first.arguments())
        .contains("--platform=linux/amd64", "ipfs://" + CID)
        .noneMatch(argument -> argument.startsWith("--expected-digest"));
    awaitReady("agent", "False", Reason.FETCH_PENDING, Kstatus.IN_PROGRESS);

    succeed(first);

    FetchedJob second = nodes.awaitJob(namespace, "agent");
    assertThat(second.node()).isNotEqualTo(first.node());
    assertThat(second.arguments()).contains("--expected-digest=" + DIGEST);
    Await.untilAsserted(
        "it is verified, and may be used before all have it",
        () -> {
          IpfsImage verified = get("agent");
          assertThat(conditionOf(verified, ConditionTypes.VERIFIED).getStatus()).isEqualTo("True");
          assertThat(verified.getStatus().reference())
              .isEqualTo("localhost:5050/ipfs/" + CID + "@" + DIGEST);
        });

    succeed(second);

    IpfsImage ready = awaitReady("agent", "True", Reason.SUCCEEDED, Kstatus.CURRENT);
    assertThat(ready.getStatus().nodes().ready()).isEqualTo(2);
    assertThat(nodes.jobs(namespace, "agent")).hasSize(2);
    Await.untilAsserted(
        "its events are there",
        () ->
            assertThat(Observed.eventReasons(client, namespace, "agent"))
                .contains("FetchPending", "Succeeded"));
  }

  @Test
  void theProgressOfAFetchIsShownWhileItRuns() {
    create("agent");
    FetchedJob first = nodes.awaitJob(namespace, "agent");

    nodes.show(first.node(), "ipfs://" + CID, 120, 181);

    Await.untilAsserted(
        "its progress is shown",
        () ->
            assertThat(get("agent").getStatus().progress())
                .isEqualTo(new ImageProgress(120L, 181L)));
    succeed(first);
    succeed(nodes.awaitJob(namespace, "agent"));
    awaitReady("agent", "True", Reason.SUCCEEDED, Kstatus.CURRENT);
    assertThat(get("agent").getStatus().progress()).isNull();
  }

  @Test
  void aSuspendedImageStartsNoFetchUntilItGoesOn() {
    create("agent");
    FetchedJob first = nodes.awaitJob(namespace, "agent");

    suspend("agent", true);
    awaitReady("agent", "False", Reason.SUSPENDED, Kstatus.IN_PROGRESS);
    succeed(first);

    Await.untilAsserted(
        "what ran has come to its end",
        () -> assertThat(get("agent").getStatus().nodes().ready()).isEqualTo(1));
    IpfsImage suspended = awaitReady("agent", "False", Reason.SUSPENDED, Kstatus.IN_PROGRESS);
    assertThat(conditionOf(suspended, ConditionTypes.VERIFIED).getStatus()).isEqualTo("True");
    assertThat(nodes.jobs(namespace, "agent")).hasSize(1);

    suspend("agent", false);
    succeed(nodes.awaitJob(namespace, "agent"));
    awaitReady("agent", "True", Reason.SUCCEEDED, Kstatus.CURRENT);
  }

  @Test
  void writesNothingAtRest() {
    create("agent");
    fetchEverywhere("agent");
    awaitReady("agent", "True", Reason.SUCCEEDED, Kstatus.CURRENT);
    Await.until(
        "the last of its events is there",
        () -> Observed.eventReasons(client, namespace, "agent").contains("Succeeded"));
    AtomicInteger writes = new AtomicInteger();

    List<Watch> watches =
        List.of(
            Observed.count(client, IpfsImage.class, namespace, writes),
            Observed.count(client, Event.class, namespace, writes),
            Observed.count(client, Job.class, nodes.namespace(), writes));
    try {
      // Each of these wakes the reconciler, and changes nothing that is told.
      for (int i = 1; i <= 3; i++) {
        int before = passes.get();
        addNode("other-" + i + "-" + namespace);
        Await.until("another pass", () -> passes.get() > before);
      }
      assertThat(writes).hasValue(0);
      // This one does change something, so the watches do see what is written.
      nodes.lose(one);
      Await.until("a fetch is started", () -> writes.get() > 0);
    } finally {
      watches.forEach(Watch::close);
    }
  }

  @Test
  void aNodeThatLosesTheImageGetsItAgainAndOneThatJoinsToo() {
    create("agent");
    fetchEverywhere("agent");
    awaitReady("agent", "True", Reason.SUCCEEDED, Kstatus.CURRENT);

    nodes.lose(two);
    FetchedJob again = nodes.awaitJob(namespace, "agent");
    assertThat(again.node()).isEqualTo(two);
    succeed(again);
    awaitReady("agent", "True", Reason.SUCCEEDED, Kstatus.CURRENT);

    String three = "three-" + namespace;
    nodes.join(three);
    FetchedJob joined = nodes.awaitJob(namespace, "agent");
    assertThat(joined.node()).isEqualTo(three);
    succeed(joined);
    Await.untilAsserted(
        "all three hold it",
        () -> assertThat(get("agent").getStatus().nodes().ready()).isEqualTo(3));
  }

  @Test
  void whatMayPassIsTriedAgainOnTheNextNode() {
    create("agent");
    FetchedJob first = nodes.awaitJob(namespace, "agent");

    first.fail(12, "GatewayTimeout", "the gateways didn't deliver in 30 s");

    IpfsImage failed = awaitReady("agent", "False", Reason.GATEWAY_TIMEOUT, Kstatus.IN_PROGRESS);
    assertThat(conditionOf(failed, ConditionTypes.READY).getMessage())
        .contains("the gateways didn't deliver in 30 s");
    FetchedJob next = nodes.awaitJob(namespace, "agent");
    assertThat(next.node()).isNotEqualTo(first.node());
    succeed(next);
    succeed(nodes.awaitJob(namespace, "agent"));
    awaitReady("agent", "True", Reason.SUCCEEDED, Kstatus.CURRENT);
  }

  @Test
  void whatOnlyTheUserCanMendIsNotTriedAgain() {
    create("agent");

    nodes.awaitJob(namespace, "agent").fail(16, "ImageTooLarge", "11 GiB, 10 GiB are allowed");

    awaitReady("agent", "False", Reason.IMAGE_TOO_LARGE, Kstatus.FAILED);
    int before = passes.get();
    addNode("other-" + namespace);
    Await.until("another pass", () -> passes.get() > before);
    assertThat(nodes.jobs(namespace, "agent")).hasSize(1);
    awaitReady("agent", "False", Reason.IMAGE_TOO_LARGE, Kstatus.FAILED);
  }

  @Test
  void aStalledImageIsTriedAgainOnDemand() {
    create("agent");
    nodes.awaitJob(namespace, "agent").fail(16, "ImageTooLarge", "11 GiB, 10 GiB are allowed");
    awaitReady("agent", "False", Reason.IMAGE_TOO_LARGE, Kstatus.FAILED);

    patch(
        "agent",
        "{\"metadata\":{\"annotations\":{\"ipfstee.dev/reconcile-requested-at\":\"now\"}}}");

    FetchedJob again = nodes.awaitJob(namespace, "agent");
    awaitReady("agent", "False", Reason.FETCH_PENDING, Kstatus.IN_PROGRESS);
    assertThat(get("agent").getStatus().lastHandledReconcileAt()).isEqualTo("now");
    assertThat(nodes.jobs(namespace, "agent")).hasSize(2);
    again.fail(16, "ImageTooLarge", "11 GiB, 10 GiB are allowed");
    awaitReady("agent", "False", Reason.IMAGE_TOO_LARGE, Kstatus.FAILED);
    assertThat(nodes.jobs(namespace, "agent")).hasSize(2);
  }

  @Test
  void anEditBetweenReadAndWriteIsNotOverlooked() {
    create("agent");
    nodes.awaitJob(namespace, "agent").fail(16, "ImageTooLarge", "11 GiB, 10 GiB are allowed");
    awaitReady("agent", "False", Reason.IMAGE_TOO_LARGE, Kstatus.FAILED);

    between.change(IpfsImage.class, namespace, "agent", () -> suspend("agent", true));
    patch(
        "agent",
        "{\"metadata\":{\"annotations\":{\"ipfstee.dev/reconcile-requested-at\":\"now\"}}}");

    awaitReady("agent", "False", Reason.SUSPENDED, Kstatus.IN_PROGRESS);
  }

  @Test
  void twoNodesThatFindDifferentImagesStopTheImage() {
    create("agent");
    succeed(nodes.awaitJob(namespace, "agent"));

    nodes
        .awaitJob(namespace, "agent")
        .fail(15, "UnexpectedDigest", "expected " + DIGEST + ", found another");

    IpfsImage stopped = awaitReady("agent", "False", Reason.DIGEST_DISAGREEMENT, Kstatus.FAILED);
    assertThat(conditionOf(stopped, ConditionTypes.VERIFIED).getStatus()).isEqualTo("False");
  }

  @Test
  void aGatewayThatTheAdministratorDoesNotListIsRefusedBeforeAnyFetch() {
    create("agent", "gateways: [{url: \"https://elsewhere.example\"}]");

    IpfsImage refused = awaitReady("agent", "False", Reason.GATEWAY_NOT_ALLOWED, Kstatus.FAILED);

    assertThat(conditionOf(refused, ConditionTypes.READY).getMessage())
        .contains("https://elsewhere.example", "https://gateway.example");
    assertThat(nodes.jobs(namespace, "agent")).isEmpty();
  }

  @Test
  void theJobsOfAnImageThatIsGoneAreRemovedAndNoOthers() {
    create("agent");
    create("other");
    FetchedJob finished = nodes.awaitJob(namespace, "agent");
    succeed(finished);
    nodes.awaitJob(namespace, "agent");
    nodes.awaitJob(namespace, "other");
    assertThat(nodes.jobs(namespace, "agent")).hasSize(2);

    client.resource(get("agent")).delete();

    Await.until("its Jobs are removed", () -> nodes.jobs(namespace, "agent").isEmpty());
    assertThat(nodes.jobs(namespace, "other")).hasSize(1);
  }

  @Test
  void theJobsOfANamesakeAreNotTakenForItsOwn() {
    create("agent");
    String old = nodes.awaitJob(namespace, "agent").name();
    client.resource(get("agent")).delete();

    create("agent");

    Await.until(
        "only a Job of the new one is there",
        () -> {
          List<Job> jobs = nodes.jobs(namespace, "agent");
          return jobs.size() == 1 && !jobs.getFirst().getMetadata().getName().equals(old);
        });
  }

  @Test
  void aJobForANodeThatIsGoneIsEnded() {
    create("agent");
    FetchedJob first = nodes.awaitJob(namespace, "agent");

    nodes.leave(first.node());

    Await.until(
        "the other node fetches",
        () ->
            nodes.jobs(namespace, "agent").stream()
                .allMatch(job -> !job.getMetadata().getName().equals(first.name())));
    FetchedJob next = nodes.awaitJob(namespace, "agent");
    assertThat(next.node()).isNotEqualTo(first.node());
    succeed(next);
    awaitReady("agent", "True", Reason.SUCCEEDED, Kstatus.CURRENT);
  }
}
