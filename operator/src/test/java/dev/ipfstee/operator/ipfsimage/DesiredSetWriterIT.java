package dev.ipfstee.operator.ipfsimage;

import static dev.ipfstee.operator.ipfsimage.Fixtures.CID;
import static dev.ipfstee.operator.ipfsimage.Fixtures.DIGEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.event.EventPublisher;
import dev.ipfstee.operator.metrics.DesiredSetMetrics;
import dev.ipfstee.operator.testing.Observed;
import dev.ipfstee.operator.testing.ToldToNodes;
import dev.ipfstee.testing.ApiServer;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The ConfigMap of the desired set on a real API server, over time. */
class DesiredSetWriterIT {
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private final KubernetesClient admin = ApiServer.shared().withCrds().client();
  private final String namespace = ApiServer.shared().newNamespace("desired");
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  private Optional<DesiredSetGatherer.Gathered> gathered = Optional.of(wants(CID));
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private DesiredSetWriter writer;

  @BeforeEach
  void start() {
    writer = writer(admin);
  }

  private DesiredSetWriter writer(KubernetesClient client) {
    InstantSource time = () -> now;
    Clock clock = time.withZone(ZoneOffset.UTC);
    return new DesiredSetWriter(
        () -> gathered,
        client,
        namespace,
        new EventPublisher(client, clock, "test"),
        new DesiredSetMetrics(meters),
        clock);
  }

  @Test
  void theSetIsWrittenWithOurLabelsAndItsOwner() {
    OwnerReference owner =
        new OwnerReferenceBuilder()
            .withApiVersion("apps/v1")
            .withKind("DaemonSet")
            .withName("node-registry")
            .withUid("5f2f4bd5-3a2f-4f4f-9c3d-5d2a7f0f0001")
            .build();
    gathered = Optional.of(new DesiredSetGatherer.Gathered(wants(CID).set(), Optional.of(owner)));

    writer.write();

    ConfigMap map = told();
    assertThat(map.getMetadata().getLabels())
        .isEqualTo(
            Map.of(
                "app.kubernetes.io/name", "ipfs-tee-operator",
                "app.kubernetes.io/component", "node-registry",
                "app.kubernetes.io/managed-by", "ipfs-tee-operator"));
    assertThat(map.getMetadata().getOwnerReferences()).containsExactly(owner);
    assertThat(map.getMetadata().getManagedFields())
        .singleElement()
        .satisfies(
            fields -> {
              assertThat(fields.getManager()).isEqualTo("ipfs-tee-operator");
              assertThat(fields.getOperation()).isEqualTo("Apply");
            });
    assertThat(ToldToNodes.images(ToldToNodes.in(map))).isEqualTo(Map.of(CID + "@" + DIGEST, ""));
    assertThat(gauge("images")).isEqualTo(1);
    assertThat(gauge("bytes")).isBetween(100.0, 1000.0);
    assertThat(gauge("written.timestamp.seconds")).isEqualTo((double) now.getEpochSecond());
  }

  @Test
  void nothingIsWrittenAtRestNorSoonerThanTenSecondsAfterTheLastTime() {
    writer.write();
    String version = version();

    now = now.plus(INTERVAL);
    writer.write();
    assertThat(version()).as("the same set").isEqualTo(version);

    gathered = Optional.of(wants(CID, "other"));
    now = now.plus(INTERVAL).minusMillis(1);
    writer.write();
    assertThat(version()).as("too soon").isEqualTo(version);

    now = now.plusMillis(1);
    writer.write();
    assertThat(ToldToNodes.images(ToldToNodes.in(told()))).hasSize(2);
  }

  @Test
  void halfTheTruthIsNeverWritten() {
    gathered = Optional.empty();
    writer.write();
    assertThat(told()).isNull();

    gathered = Optional.of(wants(CID));
    writer.write();
    gathered = Optional.empty();
    now = now.plus(INTERVAL);
    writer.write();
    assertThat(ToldToNodes.images(ToldToNodes.in(told()))).hasSize(1);

    gathered = Optional.of(wants());
    writer.write();
    assertThat(ToldToNodes.images(ToldToNodes.in(told()))).isEmpty();
  }

  @Test
  void whatOthersChangeOrRemoveComesBackAndWhatTheyAddStays() {
    writer.write();
    String content = told().getBinaryData().get("desired.json.gz");

    map().edit(map -> new ConfigMapBuilder(map).addToBinaryData("desired.json.gz", "AAAA").build());
    later();
    assertThat(told().getBinaryData()).containsEntry("desired.json.gz", content);

    map()
        .edit(
            map ->
                new ConfigMapBuilder(map)
                    .editMetadata()
                    .removeFromLabels("app.kubernetes.io/name")
                    .addToLabels("team", "platform")
                    .endMetadata()
                    .addToData("note", "mine")
                    .build());
    later();
    assertThat(told().getMetadata().getLabels())
        .containsEntry("app.kubernetes.io/name", "ipfs-tee-operator")
        .containsEntry("team", "platform");
    String version = version();
    later();
    assertThat(version()).isEqualTo(version);
    assertThat(told().getData()).containsEntry("note", "mine");

    map().delete();
    later();
    assertThat(told().getBinaryData()).isEqualTo(Map.of("desired.json.gz", content));
  }

  @Test
  void aConfigMapThatCannotBeWrittenIsTriedLaterAndLaterAndToldOnce() {
    writer.write();
    map().edit(map -> new ConfigMapBuilder(map).withImmutable(true).build());
    gathered = Optional.of(wants(CID, "other"));

    later();
    assertThat(failures()).isEqualTo(1);
    assertThat(events()).as("the next try may make it good").isEmpty();
    later();
    assertThat(failures()).isEqualTo(2);
    assertThat(events()).containsExactly(Reason.DESIRED_SET_NOT_WRITTEN.label());
    later();
    assertThat(failures()).as("the second wait is 20 s").isEqualTo(2);
    later();
    assertThat(failures()).isEqualTo(3);
    assertThat(events()).hasSize(1);
    assertThat(admin.events().v1().events().inNamespace(namespace).list().getItems())
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.getType()).isEqualTo("Warning");
              assertThat(event.getNote()).contains("node-registry-desired", "immutable");
            });

    map().delete();
    now = now.plus(INTERVAL.multipliedBy(4));
    writer.write();
    assertThat(ToldToNodes.images(ToldToNodes.in(told()))).hasSize(2);
    gathered = Optional.of(wants());
    later();
    assertThat(ToldToNodes.images(ToldToNodes.in(told()))).as("no waiting any more").isEmpty();
  }

  @Test
  void aRightThatIsTakenAwayAndABrokenConnectionAreFailuresLikeAnyOther() {
    Config without =
        new ConfigBuilder(ApiServer.shared().config()).withImpersonateUsername("nobody").build();
    try (KubernetesClient nobody = new KubernetesClientBuilder().withConfig(without).build()) {
      writer(nobody).write();
    }
    assertThat(failures()).isEqualTo(1);
    assertThat(told()).isNull();

    Config nowhere =
        new ConfigBuilder(ApiServer.shared().config())
            .withMasterUrl("https://127.0.0.1:1")
            .withRequestRetryBackoffLimit(0)
            .build();
    try (KubernetesClient lost = new KubernetesClientBuilder().withConfig(nowhere).build()) {
      writer(lost).write();
    }
    assertThat(failures()).isEqualTo(2);

    writer.write();
    assertThat(told()).isNotNull();
    assertThat(events()).isEmpty();
  }

  @Test
  void whatIsTooLargeIsToldWithItsNumbersUntilItFits() {
    String[] many = IntStream.range(0, 20_001).mapToObj(i -> "cid-" + i).toArray(String[]::new);
    gathered = Optional.of(wants(many));

    writer.write();
    later();

    assertThat(ToldToNodes.in(told()).get("complete").asBoolean()).isFalse();
    assertThat(gauge("images.omitted")).isEqualTo(1);
    assertThat(admin.events().v1().events().inNamespace(namespace).list().getItems())
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.getReason()).isEqualTo(Reason.DESIRED_SET_TOO_LARGE.label());
              assertThat(event.getRegarding().getUid()).isEqualTo(told().getMetadata().getUid());
              assertThat(event.getNote()).contains("20000 of 20001", "delete IpfsImages");
            });

    gathered = Optional.of(wants(CID));
    later();
    assertThat(ToldToNodes.in(told()).get("complete").asBoolean()).isTrue();
    assertThat(gauge("images.omitted")).isZero();
  }

  @Test
  void theWaitsAreDoubledUpToFiveMinutes() {
    assertThat(IntStream.rangeClosed(1, 40).mapToObj(DesiredSetWriter::backoff).distinct())
        .containsExactly(
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            Duration.ofSeconds(40),
            Duration.ofSeconds(80),
            Duration.ofSeconds(160),
            Duration.ofMinutes(5));
  }

  private void later() {
    now = now.plus(INTERVAL);
    writer.write();
  }

  private static DesiredSetGatherer.Gathered wants(String... cids) {
    return new DesiredSetGatherer.Gathered(
        new DesiredSet(
            List.of(cids).stream()
                .map(cid -> new DesiredSet.Entry(cid, Optional.of(DIGEST), List.of()))
                .toList()),
        Optional.empty());
  }

  private Resource<ConfigMap> map() {
    return admin.configMaps().inNamespace(namespace).withName(ToldToNodes.CONFIG_MAP);
  }

  private ConfigMap told() {
    return map().get();
  }

  private String version() {
    return map().require().getMetadata().getResourceVersion();
  }

  private List<String> events() {
    return Observed.eventReasons(admin, namespace, ToldToNodes.CONFIG_MAP);
  }

  private double failures() {
    return meters.get("ipfs.tee.desired.write.failures").counter().count();
  }

  private double gauge(String name) {
    return meters.get("ipfs.tee.desired." + name).gauge().value();
  }
}
