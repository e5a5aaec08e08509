package dev.ipfstee.operator.ipfsimage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.operator.config.GatewayUrl;
import dev.ipfstee.operator.metrics.FetchMetrics;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FinishedFetchesTest {
  private static final Instant END = Instant.parse("2026-01-01T00:01:00Z");
  private static final Instant BEFORE = END.minusSeconds(600);
  private static final Instant SOON = END.plusSeconds(1);

  private final MeterRegistry meters = new SimpleMeterRegistry();
  private final FinishedFetches finished = counting(meters);

  private static FinishedFetches counting(MeterRegistry meters) {
    return new FinishedFetches(
        new FetchMetrics(meters),
        List.of(
            GatewayUrl.parse("https://one.example"), GatewayUrl.parse("http://two.example:8080")));
  }

  @Test
  void whatAlertsAskForIsThereBeforeAnythingHappens() {
    assertThat(fetches("Succeeded")).isZero();
    assertThat(fetches("DiskFull")).isZero();
    assertThat(wrongBlocks("one.example")).isZero();
    assertThat(wrongBlocks("two.example:8080")).isZero();
    assertThat(wrongBlocks("other")).isZero();
  }

  @Test
  void aJobIsCountedOnceHoweverOftenItIsSeen() {
    Job job = job("a", "Failed");
    List<Pod> pods = List.of(pod("a", report("BlockMismatch", "one.example", 100, 2, 1)));

    finished.count(List.of(job), pods, BEFORE, SOON);
    finished.count(List.of(job), pods, BEFORE, SOON);

    assertThat(fetches("BlockMismatch")).isEqualTo(1);
    assertThat(wrongBlocks("one.example")).isEqualTo(2);
    assertThat(gateway("bytes", "one.example")).isEqualTo(100);
    assertThat(gateway("errors", "one.example")).isEqualTo(1);
    assertThat(
            meters
                .get("ipfs.tee.fetch.duration")
                .tag("outcome", "failed")
                .timer()
                .totalTime(TimeUnit.SECONDS))
        .isEqualTo(60);
  }

  @Test
  void whatEndedBeforeThisReplicaLedIsLeftToWhoLedThen() {
    finished.count(
        List.of(job("a", "Failed")),
        List.of(pod("a", report("BlockMismatch", "one.example", 1, 1, 1))),
        END.plusMillis(1),
        SOON);

    assertThat(wrongBlocks("one.example")).isZero();
    assertThat(meters.find("ipfs.tee.fetches").tag("reason", "BlockMismatch").counter()).isNull();
  }

  @Test
  void ofTwoReplicasInTurnOneCountsAJob() {
    Job job = job("a", "Failed");
    List<Pod> pods = List.of(pod("a", report("DiskFull", "one.example", 1, 0, 0)));
    MeterRegistry others = new SimpleMeterRegistry();
    Instant handover = END.plusSeconds(5);

    finished.count(List.of(job), pods, BEFORE, SOON);
    counting(others).count(List.of(job), pods, handover, handover.plusSeconds(1));

    assertThat(fetches("DiskFull")).isEqualTo(1);
    assertThat(others.get("ipfs.tee.fetches").tag("reason", "DiskFull").counter().count()).isZero();
  }

  @Test
  void aReportThatComesAfterTheEndIsWaitedFor() {
    Job job = job("a", "Failed");

    finished.count(List.of(job), List.of(), BEFORE, SOON);
    finished.count(
        List.of(job),
        List.of(pod("a", report("DiskFull", "one.example", 1, 0, 0))),
        BEFORE,
        SOON.plusSeconds(1));

    assertThat(fetches("DiskFull")).isEqualTo(1);
    assertThat(meters.find("ipfs.tee.fetches").tag("reason", "FetcherLost").counter()).isNull();
  }

  @Test
  void aReportThatNeverComesIsCountedAsLost() {
    finished.count(
        List.of(job("a", "Failed")),
        List.of(),
        BEFORE,
        END.plus(FinishedFetches.UNTIL_LOST).plusSeconds(1));

    assertThat(fetches("FetcherLost")).isEqualTo(1);
  }

  @Test
  void gatewaysOutsideTheListAreOneSeries() {
    finished.count(
        List.of(job("a", "Failed"), job("b", "Failed"), job("c", "Failed")),
        List.of(
            pod("a", report("BlockMismatch", "elsewhere.example", 1, 1, 0)),
            pod("b", report("BlockMismatch", "tenant.example", 1, 1, 0)),
            pod("c", report("BlockMismatch", "bafy.ipfs.one.example", 1, 1, 0))),
        BEFORE,
        SOON);

    assertThat(wrongBlocks("other")).isEqualTo(2);
    assertThat(wrongBlocks("one.example")).isEqualTo(1);
    assertThat(meters.find("ipfs.tee.gateway.wrong.blocks").counters()).hasSize(3);
  }

  @Test
  void whatStillRunsIsNotCounted() {
    Job running =
        Serialization.unmarshal(
            "kind: Job\napiVersion: batch/v1\nmetadata: {name: a, uid: a}\nstatus: {active: 1}",
            Job.class);

    finished.count(List.of(running), List.of(), BEFORE, END.plus(Duration.ofHours(1)));

    assertThat(meters.getMeters().stream().map(Meter::getId))
        .noneMatch(id -> id.getType() == Meter.Type.TIMER);
    assertThat(meters.find("ipfs.tee.fetch.duration").timers()).isEqualTo(List.<Timer>of());
  }

  private double fetches(String reason) {
    return meters.get("ipfs.tee.fetches").tag("reason", reason).counter().count();
  }

  private double wrongBlocks(String gateway) {
    return gateway("wrong.blocks", gateway);
  }

  private double gateway(String what, String gateway) {
    return meters.get("ipfs.tee.gateway." + what).tag("gateway", gateway).counter().count();
  }

  private static Job job(String uid, String condition) {
    return Serialization.unmarshal(
        """
        kind: Job
        apiVersion: batch/v1
        metadata: {name: %1$s, namespace: nodes, uid: %1$s}
        status:
          startTime: %2$s
          conditions: [{type: %3$s, status: "True", lastTransitionTime: %4$s}]
        """
            .formatted(uid, END.minusSeconds(60), condition, END),
        Job.class);
  }

  private static Pod pod(String job, String report) {
    return Serialization.unmarshal(
        """
        kind: Pod
        apiVersion: v1
        metadata:
          name: %1$s-x
          creationTimestamp: %2$s
          ownerReferences: [{apiVersion: batch/v1, kind: Job, name: %1$s, uid: %1$s}]
        status:
          containerStatuses:
            - name: image-fetcher
              state: {terminated: {exitCode: 13, message: '%3$s'}}
        """
            .formatted(job, END.minusSeconds(60), report),
        Pod.class);
  }

  private static String report(String reason, String host, long bytes, long rejected, long errors) {
    return """
    {"outcome":"Failed","reason":"%s","message":"m","sources":\
    [{"host":"%s","bytes":%d,"rejected":%d,"errors":%d}]}\
    """
        .formatted(reason, host, bytes, rejected, errors);
  }
}
