package dev.ipfstee.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ipfstee.e2e.harness.Await;
import dev.ipfstee.e2e.harness.Cluster;
import dev.ipfstee.e2e.harness.ImageLayout;
import dev.ipfstee.e2e.harness.Product;
import dev.ipfstee.e2e.harness.Story;
import dev.ipfstee.e2e.harness.Workloads;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodFluent;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Story 9, the rights: the operator lends nobody its own, and beside the image store runs nothing
 * but the project's program. The people are service accounts with tokens of their own.
 */
@Story(namespace = "fences")
class FencesE2E {
  private static final String NODES = "ipfs-tee-nodes";

  /** Of valid form; whether it can be had doesn't matter here. */
  private static final String IMAGE =
      "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzda";

  private static final String VOLUMES =
      "volumes must be an emptyDir, the hostPath /var/lib/ipfs-tee, or for a fetch \"credentials\","
          + " the Secret with the name of its Job, or for the node registry \"desired\", the"
          + " ConfigMap node-registry-desired";

  @Test
  void whoMayNotCreatePodsMayNotHaveThemCreated(Cluster cluster) {
    author(cluster, "podless");
    try (KubernetesClient podless = as(cluster, "podless")) {
      refused(
          () -> apply(podless, Workloads.workload("borrowed", IMAGE)),
          "user 'system:serviceaccount:fences:podless' may not create pods in namespace 'fences',"
              + " so may not create or change a TeeWorkload there");
      assertThat(cluster.workload("borrowed")).isNull();

      allow(cluster, "podless", "pods", "{apiGroups: [''], resources: [pods], verbs: [create]}");

      Await.until(() -> apply(podless, Workloads.workload("borrowed", IMAGE)));
    }
  }

  @Test
  void whoMayNotUseAServiceAccountMayNotHaveItUsed(Cluster cluster) {
    String root = Product.publish(ImageLayout.hello(), "--cid-version=1", "--raw-leaves");
    String image = "ipfs://" + root;
    String asDeployer = Workloads.workloadWith("serviceAccountName: deployer", "agent", image);
    cluster.apply(serviceAccount("deployer"));
    author(cluster, "author");
    allow(cluster, "author", "pods", "{apiGroups: [''], resources: [pods], verbs: [create]}");
    String words =
        "user 'system:serviceaccount:fences:author' may neither impersonate nor use service account"
            + " 'deployer' in namespace 'fences', so may not let a TeeWorkload run as it";
    try (KubernetesClient author = as(cluster, "author")) {
      refused(() -> apply(author, asDeployer), words);
      assertThat(cluster.workload("agent")).isNull();

      Await.until(() -> apply(author, Workloads.workload("agent", image)));
      refused(() -> apply(author, asDeployer), words);
      Await.ready(cluster, "agent");

      allow(
          cluster,
          "author",
          "deployer",
          "{apiGroups: [''], resources: [serviceaccounts], resourceNames: [deployer], verbs:"
              + " [use]}");

      Await.until(() -> apply(author, asDeployer));
    }
    Await.ready(cluster, "agent");
    Await.until(
        () ->
            assertThat(cluster.pods("agent"))
                .isNotEmpty()
                .allMatch(pod -> pod.getSpec().getServiceAccountName().equals("deployer")));
  }

  /** By the cluster's administrator, for whom the fence is there as well. */
  @Test
  void noOtherPodRunsBesideTheImageStore(Cluster cluster) {
    Pod registry =
        cluster.productPods().stream()
            .filter(pod -> pod.getMetadata().getNamespace().equals(NODES))
            .findFirst()
            .orElseThrow();
    String image = registry.getSpec().getContainers().getFirst().getImage();

    Intruder intruder = new Intruder(cluster, registry);
    intruder.create(spec -> {});
    intruder.refused(
        spec -> spec.editFirstContainer().withImage("localhost/busybox:1").endContainer(),
        "only the image %s may run in namespace %s".formatted(image, NODES));
    intruder.refused(
        spec ->
            spec.editFirstContainer()
                .withCommand("/bin/sh", "-c", "cat /var/lib/ipfs-tee/*")
                .endContainer(),
        "containers must run the image's entry point, without command, env, envFrom, workingDir,"
            + " lifecycle hooks or exec probes");
    intruder.refused(
        spec ->
            spec.addNewVolume().withName("machine").withNewHostPath("/", "Directory").endVolume(),
        VOLUMES);
    intruder.refused(
        spec ->
            spec.addNewVolume()
                .withName("another")
                .withNewConfigMap()
                .withName("kube-root-ca.crt")
                .endConfigMap()
                .endVolume(),
        VOLUMES);
    intruder.refused(
        spec ->
            spec.editFirstContainer()
                .editSecurityContext()
                .withAllowPrivilegeEscalation(true)
                .withPrivileged(true)
                .endSecurityContext()
                .endContainer(),
        "containers must be unprivileged, without privilege escalation, with a read-only root file"
            + " system, all capabilities dropped and seccomp RuntimeDefault");
    intruder.refused(
        spec -> spec.withHostNetwork(true).withHostPID(true),
        "hostNetwork, hostPID, hostIPC and shareProcessNamespace are not allowed");
    intruder.refused(
        spec ->
            spec.withServiceAccountName("default")
                // That is for the registry's account alone.
                .removeMatchingFromVolumes(volume -> volume.getName().equals("desired"))
                .editFirstContainer()
                .removeMatchingFromVolumeMounts(mount -> mount.getName().equals("desired"))
                .endContainer(),
        "pods must run as service account node-registry or image-fetcher, with"
            + " automountServiceAccountToken false");
    // The API server adds the token's volume before the policy looks.
    intruder.refused(spec -> spec.withAutomountServiceAccountToken(true), VOLUMES);
  }

  /** Asks for pods like one, each with a change; none of them would be started. */
  private record Intruder(Cluster cluster, Pod pod) {
    void create(Consumer<PodFluent<?>.SpecNested<?>> change) {
      PodBuilder changed =
          new PodBuilder()
              .withNewMetadata()
              .withName("intruder")
              .withNamespace(NODES)
              .withLabels(pod.getMetadata().getLabels())
              .endMetadata()
              .withSpec(pod.getSpec());
      var spec = changed.editSpec();
      spec.withNodeName(null);
      change.accept(spec);
      spec.endSpec();
      cluster.client().pods().inNamespace(NODES).resource(changed.build()).dryRun().create();
    }

    void refused(Consumer<PodFluent<?>.SpecNested<?>> change, String words) {
      FencesE2E.refused(() -> create(change), words);
    }
  }

  private static void refused(Runnable request, String words) {
    KubernetesClientException refusal =
        catchThrowableOfType(KubernetesClientException.class, request::run);
    assertThat(refusal).as("what is refused with: %s", words).isNotNull();
    assertThat(refusal.getStatus().getMessage()).endsWith("denied request: " + words);
  }

  /** Somebody who may write TeeWorkloads, and nothing else. */
  private static void author(Cluster cluster, String name) {
    cluster.apply(serviceAccount(name));
    allow(
        cluster,
        name,
        "workloads",
        "{apiGroups: [ipfstee.dev], resources: [teeworkloads], verbs: [get, create, patch]}");
  }

  private static void allow(Cluster cluster, String who, String name, String rule) {
    cluster.apply(
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: %1$s-%2$s}
        rules: [%3$s]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: %1$s-%2$s}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: %1$s-%2$s}
        subjects: [{kind: ServiceAccount, name: %1$s, namespace: %4$s}]
        """
            .formatted(who, name, rule, cluster.namespace()));
  }

  private static String serviceAccount(String name) {
    return """
    apiVersion: v1
    kind: ServiceAccount
    metadata: {name: %s}
    """
        .formatted(name);
  }

  /** A client that has nothing but the service account's token. */
  private static KubernetesClient as(Cluster cluster, String serviceAccount) {
    Config admin = cluster.client().getConfiguration();
    String token =
        cluster
            .client()
            .serviceAccounts()
            .inNamespace(cluster.namespace())
            .withName(serviceAccount)
            .tokenRequest()
            .getStatus()
            .getToken();
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder(Config.empty())
                .withMasterUrl(admin.getMasterUrl())
                .withCaCertData(admin.getCaCertData())
                .withNamespace(cluster.namespace())
                .withOauthToken(token)
                .build())
        .build();
  }

  private static void apply(KubernetesClient client, String yaml) {
    new Cluster(client, "fences").apply(yaml);
  }
}
