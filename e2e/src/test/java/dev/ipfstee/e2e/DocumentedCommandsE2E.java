package dev.ipfstee.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.e2e.harness.Await;
import dev.ipfstee.e2e.harness.Cluster;
import dev.ipfstee.e2e.harness.Documentation;
import dev.ipfstee.e2e.harness.ImageLayout;
import dev.ipfstee.e2e.harness.Product;
import dev.ipfstee.e2e.harness.Script;
import dev.ipfstee.e2e.harness.Story;
import dev.ipfstee.e2e.harness.Workloads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who copies a command from the documentation gets what it promises. */
@Story(namespace = "documented")
class DocumentedCommandsE2E {
  private static final String OPERATIONS = "docs/operations.md";
  private static final String QUICKSTART = "docs/quickstart.md";

  /** A Kubo of one's own: its repository in the working directory, its gateway on this machine. */
  private static final String KUBO =
      """
      export IPFS_PATH=$PWD/repository
      [ -d "$IPFS_PATH" ] || ipfs init --profile=test >&2
      ipfs config Addresses.Gateway /ip4/127.0.0.1/tcp/0
      ipfs config Addresses.API /ip4/127.0.0.1/tcp/0
      ipfs daemon --offline >&2 &
      trap "kill $!; wait; rm -r $KUBECACHEDIR" EXIT
      for _ in $(seq 300); do [ -s repository/gateway ] && break; sleep 0.2; done
      """;

  private static final String GATEWAY =
      "$(cat repository/gateway) --allow-http --allow-private-addresses";

  @AfterEach
  void installAsItWas() {
    Product.upgrade();
  }

  @Test
  void whoLooksForTroubleSeesIt(Cluster cluster, @TempDir Path directory) {
    String root = Product.publish(ImageLayout.neverSeen(directory), "--cid-version=1");
    cluster.apply(Workloads.image("agent", root, Product.HONEST_GATEWAY));
    cluster.apply(
        Workloads.workloadOfImage("agent", "agent")
            .replace("  replicas: 1", "  replicas: 1\n  paused: true"));
    Await.imageReady(cluster, "agent");
    Await.until(
        () ->
            assertThat(
                    cluster
                        .client()
                        .configMaps()
                        .inNamespace(cluster.namespace())
                        .withName("agent-next")
                        .get())
                .isNotNull());

    // Those of an earlier story's images may be going, and "kubectl logs" fails on a pod that does.
    Await.until(() -> assertThat(cluster.fetchPodsOfOthers()).isEmpty());

    Path next = directory.resolve("deployment.yaml");
    for (String block : Documentation.blocks("docs/troubleshooting.md")) {
      Documentation.run(
          block,
          Map.of(
              "<namespace>",
              cluster.namespace(),
              "<name>",
              "agent",
              "> deployment.yaml",
              "> " + next));
    }

    assertThat(next).content().contains("localhost:5050/ipfs/" + root);
    Await.ready(cluster, "agent");
    Await.imageReady(cluster, "agent");
  }

  @Test
  void whoPublishesHasItPinnedExportedAndFetched(@TempDir Path directory) throws IOException {
    Path original = ImageLayout.neverSeen(directory.resolve("original"));
    Files.createSymbolicLink(
        directory.resolve("image-fetcher"), Script.CHECKOUT.resolve("image-fetcher"));
    String here = "cd %s\nPATH=$PATH:$PWD/image-fetcher/bin\n".formatted(directory) + KUBO;

    String cid =
        Documentation.run(
                here + Documentation.block(QUICKSTART, "skopeo copy --all"),
                Map.of("docker://<IMAGE>", "oci:" + original))
            .lines()
            .reduce((first, last) -> last)
            .orElseThrow();
    String inspected =
        Documentation.run(
            here + Documentation.block(OPERATIONS, "ipfs pin add"),
            Map.of("CID", cid, "https://ipfs-gateway.example.com", GATEWAY));
    assertThat(inspected).contains("pinned " + cid).contains("OciLayout");

    for (String block : Documentation.blocks("docs/air-gap.md")) {
      Documentation.run(
          here + block,
          Map.of("bafybei…", cid, "/var/lib/ipfs-tee", directory + "/carried --min-free 0"));
    }
    assertThat(directory.resolve("carried/index.json")).content().contains(cid);

    Map<String, String> toCopy = new LinkedHashMap<>();
    toCopy.put("<CID>", cid);
    toCopy.put("https://trustless-gateway.link", GATEWAY);
    toCopy.put("--store /tmp/store", "--store %s/store --min-free 0".formatted(directory));
    toCopy.put("oci:/tmp/", "oci:%s/".formatted(directory));
    Documentation.run(
        here + Documentation.block("docs/development.md", "skopeo copy oci:"), toCopy);
    assertThat(directory.resolve("copy/index.json")).exists();
  }

  @Test
  void anAdministratorGivesARight(Cluster cluster) {
    Documentation.run(
        Documentation.block("docs/configuration.md", "create rolebinding"),
        Map.of("wallets", cluster.namespace()));

    assertThat(
            Script.command(
                List.of(
                    "kubectl",
                    "auth",
                    "can-i",
                    "get",
                    "secrets",
                    "--namespace",
                    cluster.namespace(),
                    "--as",
                    "system:serviceaccount:ipfs-tee-system:ipfs-tee-operator")))
        .isEqualTo("yes");
  }

  @Test
  void anAdministratorUpgradesAndUninstalls() {
    assertThat(
            Documentation.run(
                Documentation.block(OPERATIONS, "rollout status deployment/"), Map.of()))
        .contains("successfully rolled out");

    assertThat(Documentation.run(Documentation.block(QUICKSTART, "cleanup.nodeStore"), Map.of()))
        .contains("uninstalled");
    awaitUninstalled();
    Product.upgrade();

    Documentation.run(Documentation.block(OPERATIONS, "kubectl delete crd"), Map.of());
    assertThat(Script.command(List.of("kubectl", "get", "crd", "--output", "name")))
        .doesNotContain("ipfstee.dev");
    awaitUninstalled();
  }

  /** Helm doesn't wait for the namespace that it removed. */
  private static void awaitUninstalled() {
    Script.command(
        List.of("kubectl", "wait", "--for=delete", "namespace/ipfs-tee-nodes", "--timeout=180s"));
  }
}
