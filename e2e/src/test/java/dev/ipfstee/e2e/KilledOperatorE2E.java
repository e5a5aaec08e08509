package dev.ipfstee.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.e2e.harness.Await;
import dev.ipfstee.e2e.harness.Cluster;
import dev.ipfstee.e2e.harness.ConditionHistory;
import dev.ipfstee.e2e.harness.ImageLayout;
import dev.ipfstee.e2e.harness.Operator;
import dev.ipfstee.e2e.harness.Product;
import dev.ipfstee.e2e.harness.Story;
import dev.ipfstee.e2e.harness.Workloads;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Story 6: the operator is killed in the midst of its work, each replica while it leads. What it
 * had begun comes to the same end as if nothing had been.
 */
@Story(namespace = "killed-operator")
class KilledOperatorE2E {
  private static final String NODES = "ipfs-tee-nodes";
  private static final String HOLDING_SERVICE =
      "/api/v1/namespaces/ipfs/services/holding-gateway:8080/proxy/";

  /** What a pod waits for before it counts as ready; the story says when. */
  private static final String GATE = "e2e.ipfstee.dev/let-go";

  @Test
  void duringAFetch(Cluster cluster, @TempDir Path directory) {
    String root = Product.publish(ImageLayout.neverSeen(directory), "--cid-version=1");
    try (ConditionHistory<IpfsImage> images = imageHistory(cluster);
        ConditionHistory<TeeWorkload> workloads = workloadHistory(cluster)) {
      cluster.apply(
          Workloads.image("fetched", root, Product.HOLDING_GATEWAY)
              + "  limits: {stallTimeout: 20m}\n");
      cluster.apply(Workloads.workloadOfImage("fetched", "fetched"));
      Await.until(() -> assertThat(answersHeld(cluster)).isPositive());
      Job running = onlyJob(cluster, "fetched");
      String pod = onlyPod(cluster, running);

      new Operator(cluster).killEachLeader();

      assertThat(onlyJob(cluster, "fetched").getMetadata().getUid())
          .isEqualTo(running.getMetadata().getUid());
      assertThat(onlyPod(cluster, running)).isEqualTo(pod);
      assertThat(answersHeld(cluster)).isPositive();
      assertThat(cluster.deployment("fetched")).isNull();

      Await.until(
          () -> {
            letGo(cluster);
            assertThat(Kstatus.of(cluster.image("fetched"))).isEqualTo(Kstatus.CURRENT);
          });
      Await.ready(cluster, "fetched");
      oneSuccessfulJobPerNode(cluster, "fetched");
      assertThat(jobsOf(cluster, "fetched"))
          .extracting(job -> job.getMetadata().getUid())
          .contains(running.getMetadata().getUid());
      oneDeployment(cluster, "fetched", 1);
      noJobWithoutImage(cluster);
      images.neverLost(
          "fetched",
          ConditionTypes.RESOLVED,
          ConditionTypes.VERIFIED,
          ConditionTypes.DISTRIBUTED,
          ConditionTypes.READY);
      workloads.neverLost("fetched", ConditionTypes.IMAGES_READY, ConditionTypes.READY);
    }
  }

  @Test
  void duringARollout(Cluster cluster, @TempDir Path first, @TempDir Path second) {
    String one = Product.publish(ImageLayout.neverSeen(first), "--cid-version=1");
    String two = Product.publish(ImageLayout.neverSeen(second), "--cid-version=1");
    cluster.apply(gatedWorkload(one));
    awaitReadyLettingGo(cluster);
    try (ConditionHistory<TeeWorkload> workloads = workloadHistory(cluster)) {
      cluster.apply(gatedWorkload(two));
      Await.until(
          () -> {
            Deployment deployment = cluster.deployment("rolled");
            assertThat(deployment.getStatus().getUpdatedReplicas()).isEqualTo(1);
            assertThat(deployment.getStatus().getReadyReplicas()).isEqualTo(1);
            assertThat(cluster.pods("rolled")).hasSize(2);
          });
      List<String> pods = uids(cluster);

      new Operator(cluster).killEachLeader();

      assertThat(uids(cluster)).isEqualTo(pods);
      oneDeployment(cluster, "rolled", 2);
      TeeWorkload halfway = cluster.workload("rolled");
      assertThat(Kstatus.of(halfway)).isEqualTo(Kstatus.IN_PROGRESS);
      assertThat(halfway.getStatus().observedGeneration())
          .isEqualTo(halfway.getMetadata().getGeneration());

      awaitReadyLettingGo(cluster);
      oneDeployment(cluster, "rolled", 2);
      String digest = cluster.workload("rolled").getStatus().images().getFirst().digest();
      Await.until(
          () ->
              assertThat(cluster.pods("rolled"))
                  .hasSize(2)
                  .allSatisfy(
                      pod -> {
                        var container = pod.getStatus().getContainerStatuses().getFirst();
                        assertThat(container.getImageID()).endsWith("@" + digest);
                        assertThat(container.getRestartCount()).isZero();
                      }));
      for (IpfsImage image : cluster.images()) {
        oneSuccessfulJobPerNode(cluster, image.getMetadata().getName());
      }
      noJobWithoutImage(cluster);
      workloads.neverLost("rolled", ConditionTypes.RUNTIME_READY, ConditionTypes.NODES_AVAILABLE);
    }
  }

  private static ConditionHistory<IpfsImage> imageHistory(Cluster cluster) {
    return new ConditionHistory<>(
        cluster,
        IpfsImage.class,
        image -> image.getStatus() == null ? List.of() : image.getStatus().conditions());
  }

  private static ConditionHistory<TeeWorkload> workloadHistory(Cluster cluster) {
    return new ConditionHistory<>(
        cluster,
        TeeWorkload.class,
        workload -> workload.getStatus() == null ? List.of() : workload.getStatus().conditions());
  }

  /** Two pods, one replaced at a time. */
  private static String gatedWorkload(String cid) {
    return Workloads.workloadWith(
            "readinessGates: [{conditionType: %s}]".formatted(GATE), "rolled", "ipfs://" + cid)
        .replace(
            "replicas: 1",
            "replicas: 2\n  strategy: {rollingUpdate: {maxUnavailable: 1, maxSurge: 0}}");
  }

  private static void awaitReadyLettingGo(Cluster cluster) {
    Await.until(
        () -> {
          cluster.pods("rolled").forEach(pod -> letGo(cluster, pod));
          TeeWorkload workload = cluster.workload("rolled");
          assertThat(workload.getStatus().observedGeneration())
              .isEqualTo(workload.getMetadata().getGeneration());
          assertThat(Kstatus.of(workload)).isEqualTo(Kstatus.CURRENT);
        });
  }

  private static void letGo(Cluster cluster, Pod pod) {
    if (pod.getStatus().getConditions().stream().noneMatch(c -> GATE.equals(c.getType()))) {
      cluster
          .client()
          .resource(pod)
          .editStatus(
              now -> {
                now.getStatus()
                    .getConditions()
                    .add(new PodConditionBuilder().withType(GATE).withStatus("True").build());
                return now;
              });
    }
  }

  private static int answersHeld(Cluster cluster) {
    return Integer.parseInt(cluster.client().raw(HOLDING_SERVICE + "waiting").strip());
  }

  private static void letGo(Cluster cluster) {
    cluster.client().raw(HOLDING_SERVICE + "let-go", "POST", Map.of());
  }

  private static void oneDeployment(Cluster cluster, String name, int revision) {
    assertThat(
            cluster
                .client()
                .apps()
                .deployments()
                .inNamespace(cluster.namespace())
                .list()
                .getItems())
        .filteredOn(deployment -> deployment.getMetadata().getName().startsWith(name))
        .singleElement()
        .satisfies(
            deployment -> {
              assertThat(deployment.getMetadata().getGeneration()).isEqualTo(revision);
              assertThat(deployment.getMetadata().getAnnotations())
                  .containsEntry("deployment.kubernetes.io/revision", "" + revision);
            });
    assertThat(
            cluster
                .client()
                .apps()
                .replicaSets()
                .inNamespace(cluster.namespace())
                .withLabel("ipfstee.dev/workload", name)
                .list()
                .getItems())
        .hasSize(revision);
  }

  private static List<Job> jobsOf(Cluster cluster, String image) {
    String annotation = cluster.namespace() + "/" + image;
    return cluster.fetchJobs().stream()
        .filter(
            job -> annotation.equals(job.getMetadata().getAnnotations().get("ipfstee.dev/image")))
        .toList();
  }

  private static Job onlyJob(Cluster cluster, String image) {
    List<Job> jobs = jobsOf(cluster, image);
    assertThat(jobs).hasSize(1);
    return jobs.getFirst();
  }

  private static String onlyPod(Cluster cluster, Job job) {
    List<Pod> pods =
        cluster
            .client()
            .pods()
            .inNamespace(NODES)
            .withLabel("batch.kubernetes.io/job-name", job.getMetadata().getName())
            .list()
            .getItems();
    assertThat(pods).hasSize(1);
    assertThat(pods.getFirst().getStatus().getPhase()).isEqualTo("Running");
    return pods.getFirst().getMetadata().getUid();
  }

  private static void oneSuccessfulJobPerNode(Cluster cluster, String image) {
    int nodes = cluster.client().nodes().list().getItems().size();
    Await.until(
        () ->
            assertThat(jobsOf(cluster, image))
                .allSatisfy(job -> assertThat(job.getStatus().getSucceeded()).isEqualTo(1))
                .hasSize(nodes)
                .extracting(job -> job.getMetadata().getAnnotations().get("ipfstee.dev/node"))
                .doesNotHaveDuplicates());
  }

  /** Of all namespaces: other stories' Jobs go with their images, too. */
  private static void noJobWithoutImage(Cluster cluster) {
    Await.until(
        () -> {
          List<String> images =
              cluster
                  .client()
                  .resources(IpfsImage.class)
                  .inAnyNamespace()
                  .list()
                  .getItems()
                  .stream()
                  .map(image -> image.getMetadata().getUid())
                  .toList();
          assertThat(
                  cluster
                      .client()
                      .batch()
                      .v1()
                      .jobs()
                      .inNamespace(NODES)
                      .withLabel("app.kubernetes.io/component", "fetch")
                      .list()
                      .getItems())
              .extracting(job -> job.getMetadata().getLabels().get("ipfstee.dev/image-uid"))
              .isSubsetOf(images);
        });
  }

  private static List<String> uids(Cluster cluster) {
    return cluster.pods("rolled").stream().map(pod -> pod.getMetadata().getUid()).sorted().toList();
  }
}
