package dev.ipfstee.operator.teeworkload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.operator.testing.Observed;
import dev.ipfstee.testing.Await;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Every state that a workload can rest in: what kstatus makes of it, and that neither more passes
 * nor a new start of the operator write anything or tell it twice.
 */
class WorkloadStatesIT extends ReconciledWorkloads {

  /**
   * A state.
   *
   * @param name of a workload in it
   * @param reason of Ready
   * @param arrive brings the workload there
   */
  private record State(String name, Reason reason, Kstatus kstatus, Consumer<Scene> arrive) {}

  private final List<State> states =
      List.of(
          new State("new", Reason.FETCH_PENDING, Kstatus.IN_PROGRESS, Scene::create),
          image("image-not-there", Reason.CONTENT_NOT_FOUND, Kstatus.IN_PROGRESS),
          image("image-too-large", Reason.IMAGE_TOO_LARGE, Kstatus.FAILED),
          image("image-on-hold", Reason.SUSPENDED, Kstatus.IN_PROGRESS),
          refused(
              "image-unknown",
              Reason.IMAGE_NOT_FOUND,
              Kstatus.IN_PROGRESS,
              """
              images: [{container: app, ipfsImage: nowhere}]
              tee: {profile: snp}
              template: {spec: {containers: [{name: app}]}}
              """),
          refused(
              "image-not-pinned",
              Reason.IMAGE_NOT_PINNED,
              Kstatus.FAILED,
              template("nginx", "app")),
          refused(
              "image-by-name",
              Reason.MUTABLE_NAME,
              Kstatus.FAILED,
              template("ipns://example.org", "app")),
          refused(
              "unknown-profile",
              Reason.UNKNOWN_PROFILE,
              Kstatus.FAILED,
              template(FIRST).replace("snp", "nothing")),
          refused("no-tee", Reason.NO_TEE, Kstatus.FAILED, template(FIRST).replace("snp", "none")),
          refused(
              "guest-pull",
              Reason.GUEST_PULL_NOT_CONFIGURED,
              Kstatus.FAILED,
              template(FIRST).replace("snp", "guest")),
          refused(
              "no-runtime-class",
              Reason.RUNTIME_CLASS_NOT_FOUND,
              Kstatus.IN_PROGRESS,
              template(FIRST)
                  .replace("{profile: snp}", "{profile: snp, runtimeClassName: kata-never}")),
          refused(
              "bad-template",
              Reason.TEMPLATE_INVALID,
              Kstatus.FAILED,
              template(FIRST).replace("{name: app,", "{name: app, nothing: x,")),
          new State(
              "taken",
              Reason.NAME_CONFLICT,
              Kstatus.FAILED,
              scene -> {
                client.resource(somebodysDeployment(scene.name)).create();
                scene.create();
              }),
          new State(
              "no-node",
              Reason.NO_MATCHING_NODE,
              Kstatus.IN_PROGRESS,
              scene -> {
                scene.create(template(scene.cid).replace("snp", "lonely"));
                scene.deploy();
              }),
          new State(
              "rolling-out", Reason.ROLLOUT_PROGRESSING, Kstatus.IN_PROGRESS, Scene::deployed),
          new State(
              "stuck",
              Reason.ROLLOUT_STUCK,
              Kstatus.IN_PROGRESS,
              scene -> {
                scene.deployed();
                scene.condition("Progressing", "False", "ProgressDeadlineExceeded");
              }),
          new State(
              "no-pods",
              Reason.REPLICA_FAILURE,
              Kstatus.IN_PROGRESS,
              scene -> {
                scene.deployed();
                scene.condition("ReplicaFailure", "True", "FailedCreate");
              }),
          new State(
              "crashing",
              Reason.POD_FAILING,
              Kstatus.IN_PROGRESS,
              scene -> {
                scene.deployed();
                scene.crashingPod();
              }),
          new State("ready", Reason.MINIMUM_REPLICAS_AVAILABLE, Kstatus.CURRENT, Scene::ready),
          new State(
              "ready-after-failures",
              Reason.MINIMUM_REPLICAS_AVAILABLE,
              Kstatus.CURRENT,
              scene -> {
                scene.create(template("nginx", "app"));
                awaitReady(scene.name, "False", Reason.IMAGE_NOT_PINNED, Kstatus.FAILED);
                change(scene.name, template(scene.cid));
                awaitImage(scene.cid);
                fail(scene.cid, Reason.GATEWAY_TIMEOUT, "it was slow");
                awaitReady(scene.name, "False", Reason.GATEWAY_TIMEOUT, Kstatus.IN_PROGRESS);
                scene.deploy();
                rollOut(scene.name);
              }),
          new State(
              "ready-and-refused-an-update",
              Reason.IMAGE_NOT_PINNED,
              Kstatus.FAILED,
              scene -> {
                scene.ready();
                change(scene.name, template("nginx", "app"));
              }),
          new State(
              "paused",
              Reason.PAUSED,
              Kstatus.IN_PROGRESS,
              scene -> {
                scene.ready();
                change(
                    scene.name,
                    "paused: true\n" + template(scene.cid).replace("app: agent", "app: other"));
              }),
          new State(
              "paused-and-ready",
              Reason.MINIMUM_REPLICAS_AVAILABLE,
              Kstatus.CURRENT,
              scene -> {
                scene.ready();
                change(scene.name, "paused: true\n" + template(scene.cid));
              }));

  private static State refused(String name, Reason reason, Kstatus kstatus, String spec) {
    return new State(name, reason, kstatus, scene -> scene.create(spec));
  }

  private State image(String name, Reason reason, Kstatus kstatus) {
    return new State(
        name,
        reason,
        kstatus,
        scene -> {
          scene.create();
          awaitImage(scene.cid);
          fail(scene.cid, reason, "said of the image");
        });
  }

  @Test
  void restsInEveryState() {
    for (int i = 0; i < states.size(); i++) {
      states.get(i).arrive().accept(new Scene(states.get(i).name(), cid(i)));
    }
    states.forEach(this::awaitState);
    Map<String, String> before = Observed.settled(this::written, this::reconcileAgain);

    stop();
    startOperator();

    reconcileAgain();
    states.forEach(this::awaitState);
    assertThat(written()).isEqualTo(before);
  }

  private void awaitState(State state) {
    String ready = state.kstatus() == Kstatus.CURRENT ? "True" : "False";
    awaitReady(state.name(), ready, state.reason(), state.kstatus());
    Observed.awaitTold(client, namespace, state.name(), state.reason());
  }

  /** Each node that comes wakes all workloads, and this one changes nothing that is told. */
  private void reconcileAgain() {
    for (int i = 0; i < 3; i++) {
      int before = PASSES.getOrDefault(namespace, 0);
      apply(node("cordoned-" + before + "-" + namespace, Map.of(), true));
      Await.until("another pass of each", () -> PASSES.get(namespace) >= before + states.size());
    }
  }

  private Map<String, String> written() {
    Map<String, String> versions = new HashMap<>();
    versions.putAll(Observed.versions(client, TeeWorkload.class, namespace));
    versions.putAll(Observed.versions(client, IpfsImage.class, namespace));
    versions.putAll(Observed.versions(client, Deployment.class, namespace));
    versions.putAll(Observed.versions(client, ConfigMap.class, namespace));
    versions.putAll(Observed.events(client, namespace));
    return versions;
  }

  private Deployment somebodysDeployment(String name) {
    return Serialization.unmarshal(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %s, namespace: %s}
        spec:
          selector: {matchLabels: {a: b}}
          template:
            metadata: {labels: {a: b}}
            spec: {containers: [{name: c, image: i}]}
        """
            .formatted(name, namespace),
        Deployment.class);
  }

  /** Content of its own for each workload. */
  private static String cid(int number) {
    return FIRST.substring(0, 12) + (char) ('a' + number) + FIRST.substring(13);
  }

  /** One workload and what becomes of it. */
  private final class Scene {
    private final String name;
    private final String cid;

    Scene(String name, String cid) {
      this.name = name;
      this.cid = cid;
    }

    void create() {
      create(template(cid));
    }

    void create(String spec) {
      WorkloadStatesIT.this.create(name, spec);
    }

    void deploy() {
      awaitImage(cid);
      verify(cid);
      awaitDeployment(name, cid);
    }

    void deployed() {
      create();
      deploy();
    }

    void ready() {
      deployed();
      rollOut(name);
      awaitReady(name, "True", Reason.MINIMUM_REPLICAS_AVAILABLE, Kstatus.CURRENT);
    }

    /** As the Deployment controller writes it. */
    void condition(String type, String status, String reason) {
      status(
          name,
          """
          observedGeneration: 1
          conditions:
          - type: %s
            status: "%s"
            reason: %s
            message: as it says
            lastTransitionTime: "2026-01-01T00:00:00Z"
            lastUpdateTime: "2026-01-01T00:00:00Z"
          """
              .formatted(type, status, reason));
    }

    void crashingPod() {
      Pod pod =
          Serialization.unmarshal(
              """
              apiVersion: v1
              kind: Pod
              metadata:
                name: %s-1
                namespace: %s
                labels: {ipfstee.dev/workload: %1$s}
              spec: {containers: [{name: app, image: i}]}
              """
                  .formatted(name, namespace),
              Pod.class);
      Pod created = client.resource(pod).create();
      created.setStatus(
          Serialization.unmarshal(
                  """
                  kind: Pod
                  apiVersion: v1
                  status:
                    containerStatuses:
                    - name: app
                      image: i
                      imageID: ""
                      ready: false
                      restartCount: 3
                      state: {waiting: {reason: CrashLoopBackOff, message: back-off 40s}}
                  """,
                  Pod.class)
              .getStatus());
      client.resource(created).updateStatus();
    }
  }
}
