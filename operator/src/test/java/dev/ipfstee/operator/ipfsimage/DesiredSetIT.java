package dev.ipfstee.operator.ipfsimage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.testing.ToldToNodes;
import dev.ipfstee.testing.Await;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the nodes are told in the course of an image's life. */
class DesiredSetIT extends ReconciledImages {
  @Test
  void anImageIsNamedFromTheFirstWordOfItToItsEndWithWhoHoldsIt() {
    awaitTold(Map.of());

    create("agent");
    awaitTold(Map.of(CID, ""));

    fetchEverywhere("agent");
    awaitReady("agent", "True", Reason.SUCCEEDED, Kstatus.CURRENT);
    awaitTold(Map.of(CID + "@" + DIGEST, "127.1.0.1 127.1.0.2"));

    nodes.lose(two);
    awaitTold(Map.of(CID + "@" + DIGEST, "127.1.0.1"));

    client.resources(IpfsImage.class).inNamespace(namespace).withName("agent").delete();
    awaitTold(Map.of());
  }

  private void awaitTold(Map<String, String> images) {
    Await.untilAsserted(
        "the nodes are told of " + images,
        () -> {
          ConfigMap map =
              client
                  .configMaps()
                  .inNamespace(nodes.namespace())
                  .withName(ToldToNodes.CONFIG_MAP)
                  .get();
          assertThat(map).isNotNull();
          assertThat(ToldToNodes.in(map).get("complete").asBoolean()).isTrue();
          assertThat(ToldToNodes.images(ToldToNodes.in(map))).isEqualTo(images);
        });
  }
}
