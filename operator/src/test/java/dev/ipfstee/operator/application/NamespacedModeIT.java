package dev.ipfstee.operator.application;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.operator.testing.NodePrograms;
import dev.ipfstee.testing.ApiServer;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged operator as the chart runs it for one namespace, with the rights of that mode. */
class NamespacedModeIT {
  private static final String CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
  private static final String OTHER = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";

  @TempDir static Path directory;

  private static KubernetesClient client;
  private static InstalledChart chart;
  private static NodePrograms nodes;
  private static Replicas replicas;
  private static Team served;
  private static Team elsewhere;

  @BeforeAll
  static void install() throws IOException {
    ApiServer server = ApiServer.shared().withCrds();
    client = server.client();
    String namespace = server.newNamespace("served");
    chart = InstalledChart.into(server, directory, "watchNamespaces={" + namespace + "}");
    nodes = new NodePrograms(client, chart.nodesNamespace());
    served = new Team(client, nodes, namespace);
    elsewhere = new Team(client, nodes, server.newNamespace("elsewhere"));
    replicas = new Replicas(chart, nodes.port(), directory);
    replicas.complete(1);
  }

  @AfterAll
  static void uninstall() throws IOException {
    if (replicas != null) {
      replicas.close();
      nodes.close();
    }
    if (chart != null) {
      chart.close();
    }
  }

  @Test
  void servesItsNamespaceAndTouchesNothingElsewhere() {
    nodes.join("one", chart.registry());
    elsewhere.create(elsewhere.workload("agent", CID));
    elsewhere.create(elsewhere.image("agent", CID));

    served.livesThrough(CID, OTHER);

    assertThat(client.resources(TeeWorkload.class).inNamespace(elsewhere.namespace()).list())
        .satisfies(
            workloads ->
                assertThat(workloads.getItems())
                    .singleElement()
                    .satisfies(w -> assertThat(w.getStatus().conditions()).isEmpty()));
    assertThat(client.resources(IpfsImage.class).inNamespace(elsewhere.namespace()).list())
        .satisfies(
            images ->
                assertThat(images.getItems())
                    .singleElement()
                    .satisfies(i -> assertThat(i.getStatus().conditions()).isEmpty()));
    assertThat(elsewhere.events()).isEmpty();
    assertThat(nodes.jobs(elsewhere.namespace(), "agent")).isEmpty();

    assertThat(replicas.refusals()).isEmpty();
    RightsInUse rights = chart.rights();
    assertThat(rights.forbidden()).isEmpty();
    assertThat(rights.unused()).isEqualTo(RightsInUse.UNASKED.keySet());
    assertThat(rights.namespaces())
        .isEqualTo(Set.of(served.namespace(), chart.systemNamespace(), chart.nodesNamespace()));
    assertThat(rights.acrossNamespaces())
        .isSubsetOf(
            "/nodes",
            "node.k8s.io/runtimeclasses",
            // What it may do, which everybody may ask.
            "authorization.k8s.io/selfsubjectrulesreviews");
    nodes.leave("one");
  }
}
