package dev.ipfstee.operator.application;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.IpfsImageSpec;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.operator.status.Conditions;
import dev.ipfstee.operator.testing.FetchedJob;
import dev.ipfstee.operator.testing.NodePrograms;
import dev.ipfstee.operator.testing.Observed;
import dev.ipfstee.operator.testing.ToldToNodes;
import dev.ipfstee.testing.Await;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** A namespace of users: what they create there, and what they see become of it. */
final class Team {
  /** Nobody else asks for it: what earlier tests leave stays in the set. */
  private static final String UNASKED =
      "bafkreidbvdmeb6hmxp2apuhqqyxxlhqtp4miaqeg7p3j7f7qh2k7xdmgyq";

  private static final String DIGEST = "sha256:" + "a".repeat(64);

  private final KubernetesClient client;
  private final NodePrograms nodes;
  private final String namespace;

  /**
   * @param nodes that play the fetches
   */
  Team(KubernetesClient client, NodePrograms nodes, String namespace) {
    this.client = client;
    this.nodes = nodes;
    this.namespace = namespace;
  }

  String namespace() {
    return namespace;
  }

  /**
   * The life of a workload, from its image to its pods, to its next image, and on hold: all that
   * the operator may ever have to do for one.
   */
  void livesThrough(String first, String second) {
    create(workload("agent", first));
    String image = awaitImage();

    succeed(nodes.awaitJob(namespace, image), first);

    awaitDeployment(first);
    awaitReason(image, IpfsImage.class, Reason.SUCCEEDED);
    awaitReason("agent", TeeWorkload.class, Reason.ROLLOUT_PROGRESSING);
    Await.untilAsserted(
        "the events, which follow the status",
        () -> assertThat(events()).contains("FetchPending", "Succeeded", "RolloutProgressing"));

    // The framework lets the one annotation through that it must see.
    client
        .resources(IpfsImage.class)
        .inNamespace(namespace)
        .withName(image)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"ipfstee.dev/reconcile-requested-at\":\"now\"}}}");
    Await.until(
        "the request is acted upon",
        () ->
            "now"
                .equals(
                    client
                        .resources(IpfsImage.class)
                        .inNamespace(namespace)
                        .withName(image)
                        .require()
                        .getStatus()
                        .lastHandledReconcileAt()));

    // Another image takes its place, and the first one is let go, with its Job.
    client.resource(workload("agent", second)).forceConflicts().fieldManager("u").serverSideApply();
    String other =
        Await.value(
            "the other image is asked for",
            Duration.ofSeconds(30),
            () -> names().stream().filter(name -> !name.equals(image)).findFirst());
    succeed(nodes.awaitJob(namespace, other), second);
    awaitDeployment(second);
    Await.until("the first image is let go", () -> names().equals(List.of(other)));
    Await.until("its Job is removed", () -> nodes.jobs(namespace, image).isEmpty());

    // What a paused workload shows is written and taken back.
    pause(true);
    Await.until("the next Deployment is shown", () -> shown() != null);
    pause(false);
    Await.until("it is shown no more", () -> shown() == null);

    nodesAreTold(second);
  }

  /** Also when that can't be written for a while. */
  private void nodesAreTold(String asked) {
    awaitTold("@" + DIGEST, asked);
    told().edit(map -> new ConfigMapBuilder(map).withImmutable(true).build());
    create(image("more", UNASKED));
    // The second failure, 10 s after the first one, is told; the next try comes 20 s later.
    await(
        "the failure is told",
        () ->
            Observed.eventReasons(client, nodes.namespace(), ToldToNodes.CONFIG_MAP)
                .contains(Reason.DESIRED_SET_NOT_WRITTEN.label()));
    told().delete();
    awaitTold("", UNASKED);
  }

  private void awaitTold(String digest, String cid) {
    await(
        "the nodes are told of " + cid,
        () -> ToldToNodes.images(ToldToNodes.in(told().require())).containsKey(cid + digest));
  }

  private static void await(String what, BooleanSupplier condition) {
    Await.value(
        what, Duration.ofMinutes(2), () -> Optional.of(true).filter(t -> condition.getAsBoolean()));
  }

  private Resource<ConfigMap> told() {
    return client.configMaps().inNamespace(nodes.namespace()).withName(ToldToNodes.CONFIG_MAP);
  }

  /** As a user does. */
  void create(HasMetadata object) {
    client.resource(object).create();
  }

  IpfsImage image(String name, String cid) {
    IpfsImage image = new IpfsImage();
    image.getMetadata().setName(name);
    image.getMetadata().setNamespace(namespace);
    image.setSpec(IpfsImageSpec.of("ipfs://" + cid));
    return image;
  }

  /** One without a TEE, of one container. */
  TeeWorkload workload(String name, String cid) {
    return Serialization.unmarshal(
        """
        apiVersion: ipfstee.dev/v1alpha1
        kind: TeeWorkload
        metadata: {name: %s, namespace: %s}
        spec:
          tee: {profile: none, requireConfidential: false}
          template:
            spec:
              containers: [{name: app, image: "ipfs://%s"}]
        """
            .formatted(name, namespace, cid),
        TeeWorkload.class);
  }

  /** Comes back once it is reported, since people look before they go on. */
  private void pause(boolean paused) {
    Resource<TeeWorkload> workload =
        client.resources(TeeWorkload.class).inNamespace(namespace).withName("agent");
    long generation =
        workload
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                "{\"spec\":{\"paused\":%s}}".formatted(paused))
            .getMetadata()
            .getGeneration();
    Await.until(
        "paused: " + paused + " is reported",
        () -> workload.require().getStatus().observedGeneration() == generation);
  }

  private ConfigMap shown() {
    return client.configMaps().inNamespace(namespace).withName("agent-next").get();
  }

  /** The names of its IpfsImages. */
  List<String> names() {
    return client.resources(IpfsImage.class).inNamespace(namespace).list().getItems().stream()
        .map(image -> image.getMetadata().getName())
        .toList();
  }

  private String awaitImage() {
    Await.until("an IpfsImage is made", () -> names().size() == 1);
    return names().getFirst();
  }

  private void succeed(FetchedJob fetch, String cid) {
    nodes.hold(fetch.node(), cid, DIGEST);
    fetch.succeed(cid, DIGEST);
  }

  private void awaitDeployment(String cid) {
    Await.untilAsserted(
        "a Deployment of " + cid,
        () ->
            assertThat(
                    client
                        .apps()
                        .deployments()
                        .inNamespace(namespace)
                        .withName("agent")
                        .require()
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .getImage())
                .isEqualTo("localhost:5050/ipfs/" + cid + "@" + DIGEST));
  }

  /** The reasons of its events. */
  List<String> events() {
    return client.events().v1().events().inNamespace(namespace).list().getItems().stream()
        .map(event -> event.getReason())
        .toList();
  }

  void awaitReason(String name, Class<? extends CustomResource<?, ?>> type, Reason reason) {
    Await.untilAsserted(
        "%s '%s' says %s".formatted(type.getSimpleName(), name, reason.label()),
        () -> {
          var object = client.resources(type).inNamespace(namespace).withName(name).require();
          List<Condition> conditions =
              object instanceof IpfsImage image
                  ? image.getStatus().conditions()
                  : ((TeeWorkload) object).getStatus().conditions();
          Condition ready = Conditions.find(conditions, ConditionTypes.READY).orElseThrow();
          assertThat(ready.getReason()).as(ready.getMessage()).isEqualTo(reason.label());
          assertThat(Kstatus.of(object))
              .isEqualTo(reason == Reason.SUCCEEDED ? Kstatus.CURRENT : Kstatus.IN_PROGRESS);
        });
  }
}
