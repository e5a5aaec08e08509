package dev.ipfstee.operator.ipfsimage;

import static dev.ipfstee.operator.ipfsimage.Fixtures.CID;
import static dev.ipfstee.operator.ipfsimage.Fixtures.DIGEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ImagePlatform;
import dev.ipfstee.api.v1alpha1.ImageProgress;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.IpfsImageSpec;
import dev.ipfstee.api.v1alpha1.IpfsImageStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.javaoperatorsdk.operator.api.reconciler.ResourceCache;
import io.javaoperatorsdk.operator.health.InformerHealthIndicator;
import io.javaoperatorsdk.operator.health.InformerWrappingEventSourceHealthIndicator;
import io.javaoperatorsdk.operator.health.Status;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DesiredSetGathererTest {
  private static final NodeInventory.View HOLDING =
      new NodeInventory.Holding(
          Set.of(new NodeInventory.HeldImage(CID, DIGEST, Set.of("linux/amd64"))));

  private final Cache<IpfsImage> images = new Cache<>();
  private final Cache<Pod> pods = new Cache<>();
  private final Map<String, NodeInventory.View> views = new HashMap<>();
  private final DesiredSetGatherer gatherer = new DesiredSetGatherer(images, pods, inventory());

  DesiredSetGathererTest() {
    images.objects.add(image());
    pods.objects.add(registry("a", "10.0.0.1", "first", "2026-01-01T00:00:00Z"));
    views.put("a", HOLDING);
  }

  @Test
  void whatTheCachesHoldIsTold() {
    assertThat(told()).containsExactly("10.0.0.1");
  }

  @Test
  void nothingIsToldFromACacheThatIsNotFilled() {
    images.synced = false;
    assertThat(gatherer.gather()).isEmpty();

    images.synced = true;
    pods.synced = false;
    assertThat(gatherer.gather()).isEmpty();
  }

  @Test
  void aCacheThatCannotTellCountsAsNotFilled() {
    ResourceCache<IpfsImage> silent = new Silent<>(images);

    assertThat(new DesiredSetGatherer(silent, pods, inventory()).gather()).isEmpty();
  }

  @Test
  void atFirstEachRegistryIsHeardBeforeHoldersAreTold() {
    views.remove("a");
    assertThat(gatherer.gather()).isEmpty();

    views.put("a", new NodeInventory.Unreachable("no answer in time"));
    assertThat(told()).as("it was asked in vain").isEmpty();

    views.put("a", HOLDING);
    pods.objects.add(registry("b", "10.0.0.2", "first", "2026-01-02T00:00:00Z"));
    assertThat(told()).as("one that comes later is not waited for").containsExactly("10.0.0.1");
  }

  @Test
  void whereNoRegistryIsNobodyIsTold() {
    pods.objects.clear();

    assertThat(gatherer.gather()).isEmpty();
  }

  @Test
  void registriesThatGoAreToldNothingSoThatNothingOutlivesTheirOwner() {
    pods.objects.getFirst().getMetadata().setDeletionTimestamp("2026-01-03T00:00:00Z");

    assertThat(gatherer.gather()).isEmpty();
  }

  @Test
  void theOwnerIsThatOfTheYoungestRegistryAndManagesNothing() {
    pods.objects.add(registry("b", "10.0.0.2", "second", "2026-01-02T00:00:00Z"));
    views.put("b", HOLDING);

    assertThat(gatherer.gather().orElseThrow().owner())
        .contains(
            new OwnerReferenceBuilder()
                .withApiVersion("apps/v1")
                .withKind("DaemonSet")
                .withName("node-registry")
                .withUid("second")
                .build());
  }

  @Test
  void podsThatNobodyOwnsHaveNoOwner() {
    pods.objects.getFirst().getMetadata().setOwnerReferences(List.of());

    assertThat(gatherer.gather().orElseThrow().owner()).isEmpty();
  }

  private List<String> told() {
    return gatherer.gather().orElseThrow().set().images().getFirst().holders();
  }

  private NodeInventory inventory() {
    return new NodeInventory() {
      @Override
      public Optional<View> of(String node) {
        return Optional.ofNullable(views.get(node));
      }

      @Override
      public Map<String, ImageProgress> progress(String source) {
        return Map.of();
      }
    };
  }

  private static IpfsImage image() {
    IpfsImage image = new IpfsImage();
    image.setSpec(IpfsImageSpec.of("ipfs://" + CID));
    image.setStatus(
        new IpfsImageStatus(
            1L,
            CID,
            "OciLayout",
            DIGEST,
            null,
            null,
            List.of(new ImagePlatform("linux/amd64", DIGEST, 1, 1L)),
            null,
            null,
            null,
            null));
    return image;
  }

  private static Pod registry(String node, String ip, String owner, String created) {
    OwnerReference daemonSet =
        new OwnerReferenceBuilder()
            .withApiVersion("apps/v1")
            .withKind("DaemonSet")
            .withName("node-registry")
            .withUid(owner)
            .withController(true)
            .withBlockOwnerDeletion(true)
            .build();
    return new PodBuilder()
        .withNewMetadata()
        .withName("registry-" + node)
        .withCreationTimestamp(created)
        .withOwnerReferences(daemonSet)
        .endMetadata()
        .withNewSpec()
        .withNodeName(node)
        .endSpec()
        .withNewStatus()
        .withPodIP(ip)
        .addNewCondition()
        .withType("Ready")
        .withStatus("True")
        .endCondition()
        .endStatus()
        .build();
  }

  /** As those of the framework. */
  private static final class Cache<T extends HasMetadata>
      implements ResourceCache<T>, InformerWrappingEventSourceHealthIndicator<T> {
    final List<T> objects = new ArrayList<>();
    boolean synced = true;

    @Override
    public Map<String, InformerHealthIndicator> informerHealthIndicators() {
      return Map.of(
          "all",
          new InformerHealthIndicator() {
            @Override
            public boolean hasSynced() {
              return synced;
            }

            @Override
            public boolean isWatching() {
              return true;
            }

            @Override
            public boolean isRunning() {
              return true;
            }

            @Override
            public Status getStatus() {
              return Status.HEALTHY;
            }

            @Override
            public String getTargetNamespace() {
              return "all";
            }
          });
    }

    @Override
    public Stream<T> list(Predicate<T> predicate) {
      return objects.stream().filter(predicate);
    }

    @Override
    public Stream<T> list(String namespace, Predicate<T> predicate) {
      return list(predicate);
    }

    @Override
    public Optional<T> get(ResourceID id) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Stream<ResourceID> keys() {
      throw new UnsupportedOperationException();
    }
  }

  /** One that doesn't say whether it is filled. */
  private record Silent<T extends HasMetadata>(Cache<T> cache) implements ResourceCache<T> {
    @Override
    public Stream<T> list(Predicate<T> predicate) {
      return cache.list(predicate);
    }

    @Override
    public Stream<T> list(String namespace, Predicate<T> predicate) {
      return cache.list(predicate);
    }

    @Override
    public Optional<T> get(ResourceID id) {
      return cache.get(id);
    }

    @Override
    public Stream<ResourceID> keys() {
      return cache.keys();
    }
  }
}
