package dev.ipfstee.e2e;

import static dev.ipfstee.e2e.harness.Cluster.condition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.api.v1alpha1.TeeWorkloadStatus.PinnedImage;
import dev.ipfstee.e2e.harness.Await;
import dev.ipfstee.e2e.harness.Cluster;
import dev.ipfstee.e2e.harness.ImageLayout;
import dev.ipfstee.e2e.harness.Product;
import dev.ipfstee.e2e.harness.Script;
import dev.ipfstee.e2e.harness.Story;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A pod of four: an init container, a sidecar and the app, from two images on IPFS, and a sidecar
 * from a registry.
 */
@Story(namespace = "several-containers")
class SeveralContainersE2E {
  private static final String SIDECAR = "localhost/several-containers/sidecar";

  @Test
  void eachContainerRunsExactlyWhatItNames(
      Cluster cluster, @TempDir Path setupLayout, @TempDir Path appLayout, @TempDir Path other) {
    String setup =
        Product.publish(ImageLayout.helloWithBusybox(setupLayout, 60), "--cid-version=1");
    String app = Product.publish(ImageLayout.helloWithBusybox(appLayout, 61), "--cid-version=1");
    String sidecar = loadSidecar(ImageLayout.helloWithBusybox(other, 62));

    cluster.apply(workload(setup, app, sidecar));

    TeeWorkload ready = Await.ready(cluster, "web");
    Map<String, String> digests =
        ready.getStatus().images().stream()
            .collect(Collectors.toMap(PinnedImage::container, PinnedImage::digest));
    assertThat(ready.getStatus().images())
        .extracting(PinnedImage::container, PinnedImage::cid)
        .containsExactlyInAnyOrder(tuple("setup", setup), tuple("keeper", app), tuple("web", app));
    assertThat(digests.get("setup")).isNotEqualTo(digests.get("web"));
    assertThat(cluster.images())
        .extracting(IpfsImage::getStatus)
        .extracting(status -> status.cid())
        .containsExactlyInAnyOrder(setup, app);
    Map<String, String> expected = new HashMap<>(digests);
    expected.put("proxy", sidecar.substring(sidecar.indexOf('@') + 1));
    Pod pod = cluster.pods("web").getFirst();
    assertThat(imageDigests(pod)).isEqualTo(expected);

    cluster.apply(workload(setup, app, SIDECAR + ":1"));

    Await.until(
        () -> {
          TeeWorkload refused = cluster.workload("web");
          assertThat(Kstatus.of(refused)).isEqualTo(Kstatus.FAILED);
          List<Condition> conditions = refused.getStatus().conditions();
          Condition stalled = condition(conditions, ConditionTypes.STALLED);
          assertThat(stalled.getReason()).isEqualTo(Reason.IMAGE_NOT_PINNED.label());
          assertThat(stalled.getMessage())
              .contains("container 'proxy' isn't pinned: write NAME@sha256:DIGEST or ipfs://CID");
          assertThat(condition(conditions, ConditionTypes.AVAILABLE).getStatus()).isEqualTo("True");
        });
    assertThat(cluster.pods("web"))
        .extracting(running -> running.getMetadata().getUid())
        .containsExactly(pod.getMetadata().getUid());
  }

  /**
   * Leaves the image of a layout on the nodes, as a pull from the registry of its name would.
   *
   * @return its name with the digest
   */
  private static String loadSidecar(Path layout) {
    String archive = layout.resolve("sidecar.tar").toString();
    Script.command(
        List.of(
            "tar", "-C", layout.toString(), "-cf", archive, "oci-layout", "index.json", "blobs"));
    return Script.run("load", archive, SIDECAR);
  }

  /** What the kubelet says that each container of the pod was started from. */
  private static Map<String, String> imageDigests(Pod pod) {
    return Stream.concat(
            pod.getStatus().getInitContainerStatuses().stream(),
            pod.getStatus().getContainerStatuses().stream())
        .collect(
            Collectors.toMap(
                ContainerStatus::getName,
                status -> status.getImageID().substring(status.getImageID().indexOf('@') + 1)));
  }

  private static String workload(String setup, String app, String sidecar) {
    return """
    apiVersion: ipfstee.dev/v1alpha1
    kind: TeeWorkload
    metadata: {name: web}
    spec:
      tee: {profile: snp}
      template:
        spec:
          automountServiceAccountToken: false
          terminationGracePeriodSeconds: 1
          securityContext:
            runAsNonRoot: true
            runAsUser: 65532
            seccompProfile: {type: RuntimeDefault}
          initContainers:
          - name: setup
            image: ipfs://%1$s
            command: [/bin/busybox, "true"]
            securityContext: &restricted
              allowPrivilegeEscalation: false
              capabilities: {drop: [ALL]}
          - name: keeper
            image: ipfs://%2$s
            restartPolicy: Always
            command: [/bin/busybox, sleep, infinity]
            securityContext: *restricted
          containers:
          - name: web
            image: ipfs://%2$s
            readinessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1}
            securityContext: *restricted
          - name: proxy
            image: %3$s
            command: [/bin/busybox, sleep, infinity]
            securityContext: *restricted
    """
        .formatted(setup, app, sidecar);
  }
}
