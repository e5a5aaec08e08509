package dev.ipfstee.operator.ipfsimage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.testing.FetchedJob;
import dev.ipfstee.operator.testing.Observed;
import dev.ipfstee.testing.Await;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Every state that an image can rest in: what kstatus makes of it, and that neither more passes nor
 * a new start of the operator write anything or tell it twice.
 */
class ImageStatesIT extends ReconciledImages {

  /**
   * A state.
   *
   * @param name of an image in it
   * @param reason of Ready
   * @param arrive brings the image there
   */
  private record State(String name, Reason reason, Kstatus kstatus, Consumer<Scene> arrive) {}

  private final List<State> states =
      List.of(
          new State("pending", Reason.FETCH_PENDING, Kstatus.IN_PROGRESS, Scene::job),
          new State(
              "running", Reason.FETCH_RUNNING, Kstatus.IN_PROGRESS, scene -> scene.job().run()),
          new State(
              "without-a-place",
              Reason.FETCHER_NOT_SCHEDULED,
              Kstatus.IN_PROGRESS,
              scene -> scene.job().findNoPlace()),
          failed("timed-out", 12, Reason.GATEWAY_TIMEOUT, Kstatus.IN_PROGRESS),
          failed("not-found", 11, Reason.CONTENT_NOT_FOUND, Kstatus.IN_PROGRESS),
          failed("too-large", 16, Reason.IMAGE_TOO_LARGE, Kstatus.FAILED),
          failed("lied-about", 13, Reason.BLOCK_MISMATCH, Kstatus.FAILED),
          new State("lost", Reason.FETCHER_LOST, Kstatus.IN_PROGRESS, scene -> scene.job().lose()),
          new State(
              "on-one-node",
              Reason.DISK_FULL,
              Kstatus.IN_PROGRESS,
              scene -> {
                scene.succeed();
                scene.job().fail(17, "DiskFull", "1 GiB is free");
              }),
          new State(
              "disagreed-on",
              Reason.DIGEST_DISAGREEMENT,
              Kstatus.FAILED,
              scene -> {
                scene.succeed();
                scene.job().fail(15, "UnexpectedDigest", "found another");
              }),
          new State(
              "from-elsewhere",
              Reason.GATEWAY_NOT_ALLOWED,
              Kstatus.FAILED,
              scene -> scene.create("gateways: [{url: \"https://elsewhere.example\"}]")),
          new State(
              "on-hold",
              Reason.SUSPENDED,
              Kstatus.IN_PROGRESS,
              scene -> scene.create("suspend: true")),
          new State("everywhere", Reason.SUCCEEDED, Kstatus.CURRENT, Scene::everywhere),
          new State(
              "everywhere-and-on-hold",
              Reason.SUCCEEDED,
              Kstatus.CURRENT,
              scene -> {
                scene.everywhere();
                suspend(scene.name(), true);
              }),
          new State(
              "everywhere-after-a-failure",
              Reason.SUCCEEDED,
              Kstatus.CURRENT,
              scene -> {
                scene.job().fail(16, "ImageTooLarge", "11 GiB");
                awaitReady(scene.name(), "False", Reason.IMAGE_TOO_LARGE, Kstatus.FAILED);
                patch(scene.name(), "{\"spec\":{\"limits\":{\"maxBytes\":\"20Gi\"}}}");
                scene.everywhere();
              }));

  private static State failed(String name, int exitCode, Reason reason, Kstatus kstatus) {
    return new State(
        name,
        reason,
        kstatus,
        scene -> scene.job().fail(exitCode, reason.label(), "failed to fetch it"));
  }

  /** What is tried again rests until then, and that is after the test. */
  @Override
  String attempts() {
    return "{initialBackoff: 1h, maxBackoff: 2h}";
  }

  @Test
  void restsInEveryState() {
    rest(states);
  }

  @Test
  void restsWhereNoNodeHasTheRegistry() {
    nodes.leave(one);
    nodes.leave(two);

    rest(
        List.of(
            new State(
                "nowhere", Reason.NO_SEED_NODE, Kstatus.IN_PROGRESS, scene -> scene.create(""))));
  }

  @Test
  void restsWhereARegistryDoesNotAnswer() {
    nodes.joinSilently("silent-" + namespace, "amd64");

    rest(
        List.of(
            new State(
                "half-known",
                Reason.REGISTRY_UNREACHABLE,
                Kstatus.IN_PROGRESS,
                Scene::everywhere)));
  }

  private void rest(List<State> wanted) {
    for (int i = 0; i < wanted.size(); i++) {
      wanted.get(i).arrive().accept(new Scene(wanted.get(i).name(), cid(i)));
    }
    wanted.forEach(this::awaitState);
    Map<String, String> before = Observed.settled(this::written, this::lookAgain);

    operator.stop();
    startOperator();

    lookAgain();
    wanted.forEach(this::awaitState);
    assertThat(written()).isEqualTo(before);
  }

  private void awaitState(State state) {
    String ready = state.kstatus() == Kstatus.CURRENT ? "True" : "False";
    awaitReady(state.name(), ready, state.reason(), state.kstatus());
    Observed.awaitTold(client, namespace, state.name(), state.reason());
  }

  private void lookAgain() {
    awaitPolls();
    reconcileAgain();
  }

  /** More of them than it takes to call a registry unreachable. */
  private void awaitPolls() {
    if (client.pods().inNamespace(nodes.namespace()).withName("registry-" + one).get() != null) {
      int before = nodes.polls();
      Await.until("the registries have answered", () -> nodes.polls() > before + 8);
    }
  }

  /** Each node that comes wakes all images, and this one changes nothing that is told. */
  private void reconcileAgain() {
    for (int i = 0; i < 3; i++) {
      int before = passes.get();
      addNode("other-" + before + "-" + namespace);
      Await.until("another pass", () -> passes.get() > before);
    }
  }

  private Map<String, String> written() {
    Map<String, String> versions = new HashMap<>();
    versions.putAll(Observed.versions(client, IpfsImage.class, namespace));
    versions.putAll(Observed.versions(client, Event.class, namespace));
    versions.putAll(Observed.versions(client, Job.class, nodes.namespace()));
    return versions;
  }

  /** Content of its own for each image. */
  private static String cid(int number) {
    return CID.substring(0, 12) + (char) ('a' + number) + CID.substring(13);
  }

  /** One image and what becomes of it. */
  private final class Scene {
    private final String name;
    private final String cid;

    Scene(String name, String cid) {
      this.name = name;
      this.cid = cid;
    }

    String name() {
      return name;
    }

    void create(String more) {
      ImageStatesIT.this.create(name, cid, more);
    }

    /** The image's fetch Job under way; the image is made if there's none. */
    FetchedJob job() {
      if (get(name) == null) {
        create("");
      }
      return nodes.awaitJob(namespace, name);
    }

    void succeed() {
      FetchedJob job = job();
      nodes.hold(job.node(), cid, DIGEST);
      job.succeed(cid, DIGEST);
    }

    void everywhere() {
      succeed();
      succeed();
    }
  }
}
