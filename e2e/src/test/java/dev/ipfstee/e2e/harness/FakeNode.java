package dev.ipfstee.e2e.harness;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A node that no machine is: kwok keeps it alive and says that its pods run. Nothing in them does,
 * so a registry there is ready and answers nobody.
 */
public final class FakeNode implements AutoCloseable {
  /** Free addresses of the local cluster's bridge, so that nothing sent there leaves it. */
  private static final String POD_ADDRESSES = "10.231.0.200/29";

  private final KubernetesClient client;
  private final String name;
  private final Process kwok;

  private FakeNode(KubernetesClient client, String name, Process kwok) {
    this.client = client;
    this.name = name;
    this.kwok = kwok;
  }

  /** Lets a node with the TEE's label join. */
  public static FakeNode join(Cluster cluster, String name, String architecture) {
    Node node =
        Serialization.unmarshal(
            """
            apiVersion: v1
            kind: Node
            metadata:
              name: %1$s
              labels:
                kubernetes.io/arch: %2$s
                kubernetes.io/hostname: %1$s
                kubernetes.io/os: linux
                amd.feature.node.kubernetes.io/snp: "true"
            status:
              nodeInfo: {architecture: %2$s, operatingSystem: linux}
              allocatable: &room {cpu: "4", memory: 8Gi, pods: "20", ephemeral-storage: 20Gi}
              capacity: *room
            """
                .formatted(name, architecture),
            Node.class);
    cluster.client().resource(node).create();
    FakeNode fake = new FakeNode(cluster.client(), name, start(name));
    try {
      // A merge, without a version: the cluster's controllers write to a new node at the same time.
      cluster
          .client()
          .nodes()
          .withName(name)
          .subresource("status")
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              Serialization.asJson(Map.of("status", node.getStatus())));
      return fake;
    } catch (RuntimeException failure) {
      // A node that stays behind would keep every later rollout waiting.
      fake.close();
      throw failure;
    }
  }

  public String name() {
    return name;
  }

  /** The pods that are said to run there. */
  public List<Pod> pods() {
    return client.pods().inAnyNamespace().withField("spec.nodeName", name).list().getItems();
  }

  private static Process start(String name) {
    try {
      return new ProcessBuilder(
              "kwok",
              "--kubeconfig=" + System.getenv("KUBECONFIG"),
              "--config=" + Script.CHECKOUT.resolve("e2e/src/test/resources/kwok.yaml"),
              "--manage-single-node=" + name,
              "--cidr=" + POD_ADDRESSES)
          .redirectErrorStream(true)
          .redirectOutput(new File("target/kwok.log"))
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException("failed to start kwok: run make tools", e);
    }
  }

  /** The node goes, with its pods. */
  @Override
  public void close() {
    client.nodes().withName(name).delete();
    for (Pod pod : pods()) {
      client.resource(pod).withGracePeriod(0).delete();
    }
    kwok.destroy();
    try {
      if (!kwok.waitFor(10, TimeUnit.SECONDS)) {
        kwok.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
