package dev.ipfstee.e2e;

import static dev.ipfstee.e2e.harness.Cluster.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.e2e.harness.Await;
import dev.ipfstee.e2e.harness.Cluster;
import dev.ipfstee.e2e.harness.ImageLayout;
import dev.ipfstee.e2e.harness.Product;
import dev.ipfstee.e2e.harness.Script;
import dev.ipfstee.e2e.harness.Story;
import dev.ipfstee.e2e.harness.Workloads;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.Condition;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Story 11: a CID that nobody has, and a disk without room. Both are told soon and with the facts.
 */
@Story(namespace = "disk-and-patience")
class DiskAndPatienceE2E {
  /**
   * Of valid form, as a typing error in the digest leaves it: nothing was ever published under it.
   */
  private static final String MISTYPED =
      "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzda";

  private static final String STORE = "/var/lib/ipfs-tee";
  private static final long MIN_FREE = 1L << 30;

  @AfterEach
  void giveTheDiskBack() {
    // Below it is the node's own mount, which stays.
    onNode1("[ $(stat -f -c %%T %s) != tmpfs ] || umount %s".formatted(STORE, STORE));
  }

  @Test
  void aMistypedCidIsToldWithin90Seconds(Cluster cluster) {
    Instant applied = Instant.now();
    cluster.apply(Workloads.image("mistyped", MISTYPED, Product.HONEST_GATEWAY));

    Await.until(
        () -> {
          IpfsImage image = cluster.image("mistyped");
          assertThat(Kstatus.of(image)).isEqualTo(Kstatus.IN_PROGRESS);
          Condition resolved = condition(image.getStatus().conditions(), ConditionTypes.RESOLVED);
          assertThat(resolved.getStatus()).isEqualTo("False");
          assertThat(resolved.getReason()).isEqualTo(Reason.CONTENT_NOT_FOUND.label());
          assertThat(resolved.getMessage()).contains(MISTYPED);
        });
    assertThat(Duration.between(applied, Instant.now())).isLessThan(Duration.ofSeconds(90));
  }

  @Test
  void aFullDiskIsToldWithItsNumbersAndCuredBySpace(Cluster cluster, @TempDir Path directory) {
    String root = Product.publish(ImageLayout.neverSeen(directory), "--cid-version=1");
    // Jobs see the volume that is mounted when they start; the registry goes on with the old one.
    onNode1("mount -t tmpfs -o size=64m,mode=0700,uid=65532,gid=65532 full %s".formatted(STORE));

    cluster.apply(Workloads.image("web", root, Product.HONEST_GATEWAY));

    Await.until(
        () -> {
          IpfsImage image = cluster.image("web");
          assertThat(Kstatus.of(image)).isEqualTo(Kstatus.IN_PROGRESS);
          assertThat(image.getStatus().nodes().ready()).isEqualTo(1);
          Condition distributed =
              condition(image.getStatus().conditions(), ConditionTypes.DISTRIBUTED);
          assertThat(distributed.getStatus()).isEqualTo("False");
          assertThat(distributed.getReason()).isEqualTo(Reason.DISK_FULL.label());
          assertThat(distributed.getMessage())
              .contains("node1")
              .containsPattern("[0-9]+ bytes are free, " + MIN_FREE + " of them are kept free");
        });

    giveTheDiskBack();

    Await.imageReady(cluster, "web");
  }

  private static void onNode1(String command) {
    Script.run("node", "1", "sh", "-ec", command);
  }
}
