package dev.ipfstee.operator.teeworkload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.ipfstee.api.v1alpha1.ApiAnnotations;
import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.operator.kubernetes.OwnerRefs;
import dev.ipfstee.operator.testing.Observed;
import dev.ipfstee.testing.Await;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What becomes of one workload in the course of its life. */
class TeeWorkloadReconcilerIT extends ReconciledWorkloads {
  @Test
  void rollsOutOnceTheImageIsVerified() {
    create("agent", template(FIRST));
    IpfsImage image = awaitImage(FIRST);
    assertThat(image.getMetadata().getOwnerReferences())
        .extracting(OwnerReference::getKind, OwnerReference::getName, OwnerReference::getController)
        .containsExactly(tuple("TeeWorkload", "agent", null));
    awaitReady("agent", "False", Reason.FETCH_PENDING, Kstatus.IN_PROGRESS);
    assertThat(deployment("agent")).isNull();

    verify(FIRST);

    Deployment deployment = awaitDeployment("agent", FIRST);
    assertThat(deployment.getSpec().getTemplate().getSpec().getRuntimeClassName())
        .isEqualTo("kata-qemu-snp");
    assertThat(deployment.getSpec().getTemplate().getMetadata().getAnnotations())
        .containsEntry(ApiAnnotations.containerImage("app"), reference(FIRST))
        .containsEntry(ApiAnnotations.CONTAINERD_RUNTIME_HANDLER, "qemu-snp");
    awaitReady("agent", "False", Reason.ROLLOUT_PROGRESSING, Kstatus.IN_PROGRESS);

    rollOut("agent");

    TeeWorkload ready =
        awaitReady("agent", "True", Reason.MINIMUM_REPLICAS_AVAILABLE, Kstatus.CURRENT);
    assertThat(ready.getStatus().images())
        .singleElement()
        .satisfies(pinned -> assertThat(pinned.cid()).isEqualTo(FIRST));
    assertThat(ready.getStatus().runtime().eligibleNodes()).isEqualTo(1);
    assertThat(Observed.eventReasons(client, namespace, "agent"))
        .contains("FetchPending", "RolloutProgressing", "MinimumReplicasAvailable");
  }

  @Test
  void writesNothingAtRest() {
    create("agent", template(FIRST));
    awaitImage(FIRST);
    verify(FIRST);
    awaitDeployment("agent", FIRST);
    rollOut("agent");
    awaitReady("agent", "True", Reason.MINIMUM_REPLICAS_AVAILABLE, Kstatus.CURRENT);
    AtomicInteger writes = new AtomicInteger();

    List<Watch> watches =
        List.of(
            Observed.count(client, TeeWorkload.class, namespace, writes),
            Observed.count(client, IpfsImage.class, namespace, writes),
            Observed.count(client, Deployment.class, namespace, writes));
    try {
      // Each of these wakes the reconciler, and changes nothing that is told.
      for (int i = 1; i <= 3; i++) {
        int before = PASSES.get(namespace);
        apply(node("other-" + i, Map.of(), false));
        apply(node("cordoned-" + i, SNP, true));
        Await.until("another pass", () -> PASSES.get(namespace) > before);
      }
      // One more does change something: its one write is the first and only one.
      apply(node("fits", SNP, false));
      Await.until("the node is told", () -> writes.get() > 0);
      assertThat(get("agent").getStatus().runtime().eligibleNodes()).isEqualTo(2);
      assertThat(writes).hasValue(1);
    } finally {
      watches.forEach(Watch::close);
      client.nodes().withName("fits").delete();
    }
  }

  @Test
  void anEditBetweenReadAndWriteIsNotOverlooked() {
    create("agent", template(FIRST));
    awaitImage(FIRST);
    verify(FIRST);
    awaitDeployment("agent", FIRST);
    rollOut("agent");
    awaitReady("agent", "True", Reason.MINIMUM_REPLICAS_AVAILABLE, Kstatus.CURRENT);

    BETWEEN.change(
        TeeWorkload.class,
        namespace,
        "agent",
        () -> change("agent", "replicas: 4\n" + template(FIRST)));
    apply(node("wakes", SNP, false));

    try {
      Await.untilAsserted(
          "the Deployment follows",
          () -> assertThat(deployment("agent").getSpec().getReplicas()).isEqualTo(4));
      awaitReady("agent", "False", Reason.ROLLOUT_PROGRESSING, Kstatus.IN_PROGRESS);
    } finally {
      client.nodes().withName("wakes").delete();
    }
  }

  @Test
  void aPassThatTheEndOfTheOperatorInterruptsTellsNothing() {
    TeeWorkload before = readyWorkload();

    passAfter(() -> BETWEEN.interrupt(Deployment.class, namespace, "agent"));

    nothingWasWritten(before);
  }

  @Test
  void aFailureThatTheNextPassMakesGoodIsNotTold() {
    TeeWorkload before = readyWorkload();

    passAfter(() -> BETWEEN.fail(Deployment.class, namespace, "agent", 1));

    nothingWasWritten(before);
  }

  @Test
  void aFailureThatLastsIsToldAndItsEndToo() {
    readyWorkload();

    BETWEEN.fail(Deployment.class, namespace, "agent", 3);
    apply(node("fails", Map.of(), true));

    awaitReady("agent", "False", Reason.API_SERVER_ERROR, Kstatus.IN_PROGRESS);
    awaitReady("agent", "True", Reason.MINIMUM_REPLICAS_AVAILABLE, Kstatus.CURRENT);
  }

  private TeeWorkload readyWorkload() {
    create("agent", template(FIRST));
    awaitImage(FIRST);
    verify(FIRST);
    awaitDeployment("agent", FIRST);
    rollOut("agent");
    return awaitReady("agent", "True", Reason.MINIMUM_REPLICAS_AVAILABLE, Kstatus.CURRENT);
  }

  /** Has the fault happen in a pass, and then waits for one without. */
  private void passAfter(Runnable fault) {
    int passes = PASSES.get(namespace);
    fault.run();
    apply(node("wakes-" + namespace, Map.of(), true));
    Await.until("the fault has happened", BETWEEN::done);
    Await.until("another pass", () -> PASSES.get(namespace) > passes + 1);
  }

  private void nothingWasWritten(TeeWorkload before) {
    TeeWorkload after = get("agent");
    assertThat(after.getStatus()).isEqualTo(before.getStatus());
    assertThat(after.getMetadata().getResourceVersion())
        .as("nothing was written in between either")
        .isEqualTo(before.getMetadata().getResourceVersion());
  }

  @Test
  void aBadUpdateLeavesTheOldPodsAndAGoodOneRolls() {
    create("agent", template(FIRST));
    awaitImage(FIRST);
    verify(FIRST);
    awaitDeployment("agent", FIRST);
    rollOut("agent");
    awaitReady("agent", "True", Reason.MINIMUM_REPLICAS_AVAILABLE, Kstatus.CURRENT);
    String generation = deployment("agent").getMetadata().getResourceVersion();

    String bad = "bafybeiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    change("agent", template(bad));
    awaitImage(bad);
    fail(bad, Reason.CONTENT_NOT_FOUND, "every gateway says that it lacks it");

    TeeWorkload waiting =
        awaitReady("agent", "False", Reason.CONTENT_NOT_FOUND, Kstatus.IN_PROGRESS);
    assertThat(conditionOf(waiting, ConditionTypes.AVAILABLE).getStatus()).isEqualTo("True");
    assertThat(conditionOf(waiting, ConditionTypes.IMAGES_READY).getReason())
        .isEqualTo("ContentNotFound");
    assertThat(deployment("agent").getMetadata().getResourceVersion()).isEqualTo(generation);

    change("agent", template(SECOND));
    awaitImage(SECOND);
    verify(SECOND);

    awaitDeployment("agent", SECOND);
    Await.until("the bad image is let go", () -> image(bad) == null);
    rollOut("agent");
    awaitReady("agent", "True", Reason.MINIMUM_REPLICAS_AVAILABLE, Kstatus.CURRENT);
  }

  @Test
  void keepsAnImageAsLongAsARevisionCanBeRolledBackToIt() {
    create("agent", template(FIRST));
    awaitImage(FIRST);
    verify(FIRST);
    Deployment first = awaitDeployment("agent", FIRST);
    client
        .resource(
            new ReplicaSetBuilder()
                .withNewMetadata()
                .withName("agent-1")
                .withNamespace(namespace)
                .withLabels(first.getSpec().getTemplate().getMetadata().getLabels())
                .endMetadata()
                .withNewSpec()
                .withSelector(first.getSpec().getSelector())
                .withTemplate(first.getSpec().getTemplate())
                .endSpec()
                .build())
        .create();

    change("agent", template(SECOND));
    awaitImage(SECOND);
    verify(SECOND);
    awaitDeployment("agent", SECOND);

    assertThat(image(FIRST)).isNotNull();
    client.apps().replicaSets().inNamespace(namespace).withName("agent-1").delete();
    Await.until("the first image is let go", () -> image(FIRST) == null);
    assertThat(image(SECOND)).isNotNull();
  }

  @Test
  void workloadsShareAnImageAndNoneTakesItFromTheOther() {
    create("one", template(FIRST));
    create("two", template("https://gateway.example/ipfs/" + FIRST, "app"));
    Await.untilAsserted(
        "both own the image",
        () ->
            assertThat(image(FIRST).getMetadata().getOwnerReferences())
                .extracting(OwnerReference::getName)
                .containsExactlyInAnyOrder("one", "two"));

    change("one", template(SECOND));

    Await.untilAsserted(
        "only the other owns it",
        () ->
            assertThat(image(FIRST).getMetadata().getOwnerReferences())
                .extracting(OwnerReference::getName)
                .containsExactly("two"));
    assertThat(image(FIRST).getSpec().source().uri()).contains(FIRST);
  }

  @Test
  void doesNotTouchADeploymentThatIsNotOurs() {
    client
        .resource(
            new DeploymentBuilder()
                .withNewMetadata()
                .withName("agent")
                .withNamespace(namespace)
                .endMetadata()
                .withNewSpec()
                .withNewSelector()
                .withMatchLabels(Map.of("a", "b"))
                .endSelector()
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(Map.of("a", "b"))
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("c")
                .withImage("i")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build())
        .create();
    String before = deployment("agent").getMetadata().getResourceVersion();

    create("agent", template(FIRST));

    awaitReady("agent", "False", Reason.NAME_CONFLICT, Kstatus.FAILED);
    assertThat(deployment("agent").getMetadata().getResourceVersion()).isEqualTo(before);
    assertThat(image(FIRST)).isNull();
  }

  @Test
  void tellsTheServersWordsAgainstATemplateBeforeAnythingIsFetched() {
    create(
        "agent",
        """
        tee: {profile: snp}
        template:
          spec:
            containers: [{name: app, image: "ipfs://%s", ports: [{containerPort: 70000}]}]
        """
            .formatted(FIRST));

    TeeWorkload refused = awaitReady("agent", "False", Reason.TEMPLATE_INVALID, Kstatus.FAILED);

    assertThat(conditionOf(refused, ConditionTypes.READY).getMessage())
        .contains(
            "spec.template.spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be"
                + " between 1 and 65535, inclusive");
  }

  @Test
  void aFieldThatKubernetesDoesNotKnowIsTold() {
    create(
        "agent",
        """
        tee: {profile: snp}
        template:
          spec:
            containers: [{name: app, image: "ipfs://%s", imagePolicy: Always}]
        """
            .formatted(FIRST));

    TeeWorkload refused = awaitReady("agent", "False", Reason.TEMPLATE_INVALID, Kstatus.FAILED);

    assertThat(conditionOf(refused, ConditionTypes.READY).getMessage()).contains("imagePolicy");
  }

  @Test
  void aRuntimeClassThatAppearsIsSeen() {
    create(
        "agent",
        """
        tee: {profile: snp, runtimeClassName: kata-late}
        template: {spec: {containers: [{name: app, image: "ipfs://%s"}]}}
        """
            .formatted(FIRST));
    awaitReady("agent", "False", Reason.RUNTIME_CLASS_NOT_FOUND, Kstatus.IN_PROGRESS);

    runtimeClass("kata-late");

    awaitImage(FIRST);
    awaitReady("agent", "False", Reason.FETCH_PENDING, Kstatus.IN_PROGRESS);
  }

  @Test
  void scalesAndReplacesTheStrategy() {
    create("agent", template(FIRST));
    awaitImage(FIRST);
    verify(FIRST);
    awaitDeployment("agent", FIRST);

    change("agent", "replicas: 5\nstrategy: {type: Recreate}\n" + template(FIRST));

    Await.untilAsserted(
        "the Deployment follows",
        () -> {
          assertThat(deployment("agent").getSpec().getReplicas()).isEqualTo(5);
          assertThat(deployment("agent").getSpec().getStrategy().getType()).isEqualTo("Recreate");
        });
  }

  @Test
  void scalesByTheSubresourceThatKubectlAndAutoscalersUse() {
    create("agent", template(FIRST));
    awaitImage(FIRST);
    verify(FIRST);
    PodTemplateSpec before = awaitDeployment("agent", FIRST).getSpec().getTemplate();
    Resource<TeeWorkload> workload =
        client.resources(TeeWorkload.class).inNamespace(namespace).withName("agent");

    workload.scale(3);

    Await.untilAsserted(
        "the Deployment follows, and autoscalers find the pods",
        () -> {
          assertThat(deployment("agent").getSpec().getReplicas()).isEqualTo(3);
          assertThat(workload.scale().getStatus().getSelector())
              .isEqualTo("ipfstee.dev/workload=agent");
        });
    assertThat(deployment("agent").getSpec().getTemplate()).isEqualTo(before);
  }

  @Test
  void theNumberOfPodsIsLeftToWhoeverOwnsIt() {
    create("agent", template(FIRST));
    awaitImage(FIRST);
    verify(FIRST);
    awaitDeployment("agent", FIRST);
    client.resources(TeeWorkload.class).inNamespace(namespace).withName("agent").scale(3);

    // As a GitOps tool does again and again, with a manifest that says nothing of replicas.
    applyAsWritten("agent", template(SECOND));
    awaitImage(SECOND);
    verify(SECOND);

    assertThat(awaitDeployment("agent", SECOND).getSpec().getReplicas()).isEqualTo(3);
    assertThat(get("agent").getSpec().replicas()).isEqualTo(3);
    assertThat(get("agent").getMetadata().getManagedFields())
        .filteredOn(entry -> entry.getManager().equals("ipfs-tee-operator"))
        .extracting(ManagedFieldsEntry::getSubresource)
        .containsOnly("status");
  }

  @Test
  void aPausedWorkloadIsFrozenAndShowsWhatComesNext() {
    create("agent", template(FIRST));
    awaitImage(FIRST);
    verify(FIRST);
    awaitDeployment("agent", FIRST);
    rollOut("agent");
    awaitReady("agent", "True", Reason.MINIMUM_REPLICAS_AVAILABLE, Kstatus.CURRENT);

    change("agent", "paused: true\nreplicas: 3\n" + template(SECOND));
    awaitImage(SECOND);
    verify(SECOND);

    awaitReady("agent", "False", Reason.PAUSED, Kstatus.IN_PROGRESS);
    assertThat(awaitDeployment("agent", FIRST).getSpec().getReplicas()).isEqualTo(3);
    ConfigMap shown = next("agent").get();
    assertThat(OwnerRefs.controls(get("agent"), shown)).isTrue();
    Deployment next =
        Serialization.unmarshal(shown.getData().get("deployment.yaml"), Deployment.class);
    assertThat(next.getSpec().getTemplate().getSpec().getContainers().getFirst().getImage())
        .isEqualTo(reference(SECOND));
    assertThat(next.getMetadata().getUid()).isNull();
    assertThat(next.getMetadata().getOwnerReferences()).isEmpty();

    change("agent", "replicas: 3\n" + template(SECOND));
    awaitDeployment("agent", SECOND);
    Await.until("nothing is shown any more", () -> next("agent").get() == null);
  }

  @Test
  void aPausedWorkloadThatRunsWhatItShouldIsReady() {
    create("agent", template(FIRST));
    awaitImage(FIRST);
    verify(FIRST);
    awaitDeployment("agent", FIRST);
    rollOut("agent");
    awaitReady("agent", "True", Reason.MINIMUM_REPLICAS_AVAILABLE, Kstatus.CURRENT);

    change("agent", "paused: true\n" + template(FIRST));

    TeeWorkload paused =
        awaitReady("agent", "True", Reason.MINIMUM_REPLICAS_AVAILABLE, Kstatus.CURRENT);
    assertThat(conditionOf(paused, ConditionTypes.PAUSED).getStatus()).isEqualTo("True");
  }

  @Test
  void aConfigMapOfSomebodyElseIsLeftAlone() {
    ConfigMap own =
        client
            .resource(
                new ConfigMapBuilder()
                    .withNewMetadata()
                    .withName("agent-next")
                    .withNamespace(namespace)
                    .endMetadata()
                    .addToData("deployment.yaml", "mine")
                    .build())
            .create();

    create("agent", "paused: true\n" + template(FIRST));
    awaitImage(FIRST);
    verify(FIRST);

    awaitReady("agent", "False", Reason.NAME_CONFLICT, Kstatus.FAILED);
    change("agent", template(FIRST));
    awaitDeployment("agent", FIRST);
    assertThat(next("agent").get()).isEqualTo(own);
  }

  private Resource<ConfigMap> next(String name) {
    return client.configMaps().inNamespace(namespace).withName(name + "-next");
  }

  @Test
  void putsRightWhatOthersChangeOfItsDeployment() {
    create("agent", template(FIRST));
    awaitImage(FIRST);
    verify(FIRST);
    awaitDeployment("agent", FIRST);

    client
        .apps()
        .deployments()
        .inNamespace(namespace)
        .withName("agent")
        .edit(
            d -> {
              d.getSpec().getTemplate().getSpec().getContainers().getFirst().setImage("evil");
              return d;
            });

    awaitDeployment("agent", FIRST);
    assertThat(deployment("agent").getMetadata().getManagedFields())
        .extracting(ManagedFieldsEntry::getManager)
        .contains("ipfs-tee-operator");
  }

  @Test
  void aPodThatCannotBeMadeIsToldInTheServersWords() {
    create("agent", template(FIRST));
    awaitImage(FIRST);
    verify(FIRST);
    awaitDeployment("agent", FIRST);
    status(
        "agent",
        """
        observedGeneration: 1
        conditions:
        - type: ReplicaFailure
          status: "True"
          message: 'pods "agent-1" is forbidden: violates PodSecurity'
          lastTransitionTime: "2026-01-01T00:00:00Z"
          lastUpdateTime: "2026-01-01T00:00:00Z"
          reason: FailedCreate
        """);

    TeeWorkload workload =
        awaitReady("agent", "False", Reason.REPLICA_FAILURE, Kstatus.IN_PROGRESS);

    assertThat(conditionOf(workload, ConditionTypes.AVAILABLE).getMessage())
        .contains("violates PodSecurity");
  }
}
