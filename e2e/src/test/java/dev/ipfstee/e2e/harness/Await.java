package dev.ipfstee.e2e.harness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;

/** Waits for conditions; never for a time to pass. */
public final class Await {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

  private Await() {}

  /** Waits until the assertions hold, and fails with what they say when they never do. */
  public static void until(ThrowingRunnable assertions) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(LOOK_AGAIN)
        .ignoreExceptions()
        .untilAsserted(assertions);
  }

  /** Waits until kstatus calls the workload Current, as Flux and Argo CD would. */
  public static TeeWorkload ready(Cluster cluster, String workload) {
    until(() -> assertThat(Kstatus.of(cluster.workload(workload))).isEqualTo(Kstatus.CURRENT));
    return cluster.workload(workload);
  }

  /** Waits until kstatus calls the image Current. */
  public static IpfsImage imageReady(Cluster cluster, String image) {
    until(() -> assertThat(Kstatus.of(cluster.image(image))).isEqualTo(Kstatus.CURRENT));
    return cluster.image(image);
  }

  /** Deletes the object, if it is there, and waits until it is gone. */
  public static void gone(Resource<? extends HasMetadata> resource) {
    resource.delete();
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(LOOK_AGAIN)
        .until(() -> resource.get() == null);
  }
}
