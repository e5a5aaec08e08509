package dev.ipfstee.e2e;

import static dev.ipfstee.e2e.harness.Cluster.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.e2e.harness.Await;
import dev.ipfstee.e2e.harness.Busybox;
import dev.ipfstee.e2e.harness.Cluster;
import dev.ipfstee.e2e.harness.ImageLayout;
import dev.ipfstee.e2e.harness.PodOnNode;
import dev.ipfstee.e2e.harness.PodOnNode.Answer;
import dev.ipfstee.e2e.harness.Product;
import dev.ipfstee.e2e.harness.Script;
import dev.ipfstee.e2e.harness.Story;
import dev.ipfstee.e2e.harness.Workloads;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Story 9, the network: a fetch reaches its gateways and DNS and nothing else, nobody reaches the
 * node registries but the operator, and their peer port but registries and fetches, and no gateway
 * is asked that the administrator hasn't listed. What is refused to one is reached by another, so
 * that the silence is the fence's.
 */
@Story(namespace = "network-fences")
class NetworkFencesE2E {
  private static final String NODES = "ipfs-tee-nodes";
  private static final String OUTSIDE = "network-fences-outside";

  /** Takes every connection and never says a word, so that a fetch from it lasts. */
  private static final String SILENT_GATEWAY =
      "http://silent.network-fences.svc.cluster.local:8080";

  private static final String METADATA_ADDRESS = "169.254.169.254";
  private static final String METADATA = METADATA_ADDRESS + ":80";

  private static final String PEER_PORT = ":5051";

  private static Cluster outside;

  @BeforeAll
  static void settle(Cluster cluster) {
    outside = Cluster.emptyNamespace(cluster.client(), OUTSIDE);
    // For a pod on the node's own network.
    cluster
        .client()
        .namespaces()
        .withName(OUTSIDE)
        .edit(
            namespace -> {
              namespace
                  .getMetadata()
                  .getLabels()
                  .put("pod-security.kubernetes.io/enforce", "privileged");
              return namespace;
            });
    // The metadata service of a cloud: node2 has it, node1 has the way there.
    Script.run("node", "2", "ip", "address", "replace", METADATA_ADDRESS + "/32", "dev", "lo");
    Script.run("node", "1", "ip", "route", "replace", METADATA_ADDRESS, "via", addressOf("node2"));
    outside.apply(
        Busybox.pod("metadata", "node2", "hostNetwork: true", "httpd, -f, -p, '" + METADATA + "'")
            + Busybox.listener("unlisted", "node2")
            + Busybox.pod("outsider", "node1", "", "sleep, 1d"));
    cluster.apply(Busybox.listener("silent", "node2"));
    Await.until(
        () -> {
          assertThat(List.of("metadata", "unlisted", "outsider"))
              .allMatch(name -> Readiness.isPodReady(podOf(outside, name)));
          assertThat(Readiness.isPodReady(podOf(cluster, "silent"))).isTrue();
        });
  }

  @AfterAll
  static void leave(Cluster cluster) {
    Script.run("node", "1", "ip", "route", "flush", METADATA_ADDRESS);
    Script.run("node", "2", "ip", "address", "flush", "to", METADATA_ADDRESS, "dev", "lo");
    cluster.client().namespaces().withName(OUTSIDE).delete();
    Product.upgrade();
  }

  @Test
  void aFetchHasNoTokenAndReachesItsGatewaysAlone(Cluster cluster, @TempDir Path directory) {
    String root = Product.publish(ImageLayout.neverSeen(directory), "--cid-version=1");
    cluster.apply(patient(Workloads.image("fenced", root, SILENT_GATEWAY)));

    refused(cluster, "fenced", SILENT_GATEWAY);
    assertThat(cluster.fetchJobs()).isEmpty();

    Product.upgrade("gateways[2].url=" + SILENT_GATEWAY);

    PodOnNode fetch = PodOnNode.of(awaitFetch(cluster, "node1"));
    PodOnNode outsider = PodOnNode.of(podOf(outside, "outsider"));

    List<String> allowed =
        List.of(
            serviceOf(cluster, "silent", 8080),
            serviceOf("ipfs", "kubo", 8080),
            serviceOf("kube-system", "kube-dns", 53));
    List<String> fenced =
        List.of(
            METADATA,
            serviceOf("default", "kubernetes", 443),
            apiServer(cluster),
            serviceOf(outside, "unlisted", 8080),
            podOf(outside, "unlisted").getStatus().getPodIP() + ":8080");
    assertThat(outsider.dial(allowed)).allSatisfy(NetworkFencesE2E::connects);
    assertThat(outsider.dial(fenced)).allSatisfy(NetworkFencesE2E::connects);
    assertThat(fetch.dial(allowed)).allSatisfy(NetworkFencesE2E::connects);
    assertThat(fetch.dial(fenced)).allSatisfy(NetworkFencesE2E::isSilent);
    List<String> registries =
        productPods(cluster, "node-registry").stream().flatMap(NetworkFencesE2E::ports).toList();
    assertThat(fetch.dial(registries)).allSatisfy(NetworkFencesE2E::connectsToPeersAlone);

    assertThat(outsider.tokenFiles()).anyMatch(path -> path.endsWith("/serviceaccount/token"));
    assertThat(fetch.tokenFiles()).isEmpty();

    cluster.apply(Workloads.image("fenced", root, Product.HONEST_GATEWAY));

    Await.imageReady(cluster, "fenced");
  }

  @Test
  void anUnlistedGatewayIsCuredByNamingAListedOne(Cluster cluster) {
    String root = Product.publish(ImageLayout.hello(), "--cid-version=1", "--raw-leaves");
    String unlisted = "http://unlisted.%s.svc.cluster.local:8080".formatted(OUTSIDE);
    cluster.apply(Workloads.image("cured", root, unlisted));

    refused(cluster, "cured", unlisted);

    cluster.apply(Workloads.image("cured", root, Product.HONEST_GATEWAY));

    Await.imageReady(cluster, "cured");
  }

  /** Every port that the node registry has, so the next one too. */
  @Test
  void noPodButTheOperatorsReachesANodeRegistry(Cluster cluster) {
    List<Pod> registries = productPods(cluster, "node-registry");
    List<String> all = registries.stream().flatMap(NetworkFencesE2E::ports).toList();
    List<String> management =
        registries.stream().map(registry -> registry.getStatus().getPodIP() + ":8081").toList();
    assertThat(all).containsAll(management).hasSizeGreaterThan(management.size());

    PodOnNode outsider = PodOnNode.of(podOf(outside, "outsider"));
    assertThat(outsider.dial(all)).allSatisfy(NetworkFencesE2E::isSilent);

    List<String> closedToTheOperator =
        all.stream().filter(target -> !target.endsWith(":8081")).toList();
    for (Pod operator : productPods(cluster, "operator")) {
      PodOnNode position = PodOnNode.of(operator);
      assertThat(position.dial(management)).allSatisfy(NetworkFencesE2E::connects);
      assertThat(position.dial(closedToTheOperator)).allSatisfy(NetworkFencesE2E::isSilent);
    }
    // They all listen: each answers its own node.
    for (Pod registry : registries) {
      assertThat(PodOnNode.of(registry).dialFromItsNode(ports(registry).toList()))
          .allSatisfy(NetworkFencesE2E::connects);
    }
  }

  @Test
  void aNodeRegistryReachesThePeerPortOfTheOthersAlone(Cluster cluster) {
    List<Pod> registries = productPods(cluster, "node-registry");
    assertThat(registries).hasSize(2);
    for (Pod registry : registries) {
      PodOnNode position = PodOnNode.of(registry);
      List<String> others =
          registries.stream()
              .filter(other -> !other.equals(registry))
              .flatMap(NetworkFencesE2E::ports)
              .toList();
      assertThat(others).hasSize(3);
      assertThat(position.dial(others)).allSatisfy(NetworkFencesE2E::connectsToPeersAlone);
      assertThat(position.dial(List.of(apiServer(cluster), serviceOf("ipfs", "kubo", 8080))))
          .allSatisfy(NetworkFencesE2E::isSilent);
      if (registry.getSpec().getNodeName().equals("node1")) {
        // node2 is the metadata service itself, and a pod may always reach its own node.
        assertThat(position.dial(List.of(METADATA))).allSatisfy(NetworkFencesE2E::isSilent);
      }
    }
  }

  private static void refused(Cluster cluster, String name, String gateway) {
    Await.until(
        () -> {
          IpfsImage image = cluster.image(name);
          assertThat(Kstatus.of(image)).isEqualTo(Kstatus.FAILED);
          Condition stalled = condition(image.getStatus().conditions(), ConditionTypes.STALLED);
          assertThat(stalled.getReason()).isEqualTo(Reason.GATEWAY_NOT_ALLOWED.label());
          assertThat(stalled.getMessage())
              .startsWith(
                  "gateways '%s' aren't in the administrator's list (%s, %s"
                      .formatted(gateway, Product.HONEST_GATEWAY, Product.LYING_GATEWAY))
              .endsWith("): use one of these, or have it added");
        });
  }

  /** The pod of the image's fetch on that node, once it runs. */
  private static Pod awaitFetch(Cluster cluster, String node) {
    Await.until(() -> assertThat(runningFetches(cluster, node)).isNotEmpty());
    return runningFetches(cluster, node).getFirst();
  }

  private static List<Pod> runningFetches(Cluster cluster, String node) {
    return cluster.fetchJobs().stream()
        .flatMap(
            job ->
                cluster
                    .client()
                    .pods()
                    .inNamespace(NODES)
                    .withLabel("batch.kubernetes.io/job-name", job.getMetadata().getName())
                    .list()
                    .getItems()
                    .stream())
        .filter(pod -> node.equals(pod.getSpec().getNodeName()))
        .filter(pod -> "Running".equals(pod.getStatus().getPhase()))
        .toList();
  }

  private static List<Pod> productPods(Cluster cluster, String component) {
    return cluster.productPods().stream()
        .filter(
            pod ->
                component.equals(pod.getMetadata().getLabels().get("app.kubernetes.io/component")))
        .filter(Readiness::isPodReady)
        .toList();
  }

  private static Stream<String> ports(Pod pod) {
    return pod.getSpec().getContainers().stream()
        .flatMap(container -> container.getPorts().stream())
        .map(port -> pod.getStatus().getPodIP() + ":" + port.getContainerPort());
  }

  private static Pod podOf(Cluster cluster, String name) {
    return cluster.client().pods().inNamespace(cluster.namespace()).withName(name).get();
  }

  private static String serviceOf(Cluster cluster, String name, int port) {
    return serviceOf(cluster.namespace(), name, port);
  }

  private static String serviceOf(String namespace, String name, int port) {
    String address =
        outside
            .client()
            .services()
            .inNamespace(namespace)
            .withName(name)
            .get()
            .getSpec()
            .getClusterIP();
    return address + ":" + port;
  }

  /** Where the API server itself is, behind its Service. */
  private static String apiServer(Cluster cluster) {
    var url = cluster.client().getMasterUrl();
    return url.getHost() + ":" + url.getPort();
  }

  private static String addressOf(String node) {
    return outside.client().nodes().withName(node).get().getStatus().getAddresses().stream()
        .filter(address -> address.getType().equals("InternalIP"))
        .findFirst()
        .orElseThrow()
        .getAddress();
  }

  private static void connects(String target, Answer answer) {
    assertThat(answer).as(target).isEqualTo(Answer.CONNECTED);
  }

  private static void connectsToPeersAlone(String target, Answer answer) {
    assertThat(answer)
        .as(target)
        .isEqualTo(target.endsWith(PEER_PORT) ? Answer.CONNECTED : Answer.SILENCE);
  }

  private static void isSilent(String target, Answer answer) {
    assertThat(answer).as(target).isEqualTo(Answer.SILENCE);
  }

  /** So that the fetch is still there when it has been looked at. */
  private static String patient(String image) {
    return image + "  limits: {timeout: 20m, stallTimeout: 20m}\n";
  }
}
