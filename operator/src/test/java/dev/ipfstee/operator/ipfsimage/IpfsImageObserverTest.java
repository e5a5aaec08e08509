package dev.ipfstee.operator.ipfsimage;

import static dev.ipfstee.operator.ipfsimage.Fixtures.CID;
import static dev.ipfstee.operator.ipfsimage.Fixtures.DIGEST;
import static dev.ipfstee.operator.ipfsimage.Fixtures.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpfsImageObserverTest {
  /** When the Job ended. */
  private static final Instant END = Instant.parse("2025-12-31T23:50:00Z");

  private static final String UNFINISHED = "{active: 1}";
  private static final String COMPLETE =
      "{conditions: [{type: Complete, status: \"True\", lastTransitionTime: \"%s\"}]}"
          .formatted(END);
  private static final String FAILED = failed("BackoffLimitExceeded");
  private static final String SUCCESS =
      """
      {"outcome":"Succeeded","reason":"Succeeded","message":"fetched","cid":"%s",\
      "layout":"OciLayout","digest":"%s",\
      "mediaType":"application/vnd.oci.image.index.v1+json",\
      "platforms":[{"platform":"linux/amd64","digest":"%2$s","layers":9,"bytes":181403648}]}\
      """
          .formatted(CID, DIGEST);

  private static final String LOST = ": see kubectl -n ipfs-tee-nodes describe job fetch-agent-1";

  private final Fixtures world = new Fixtures();

  @Test
  void aJobWithoutAPodIsPending() {
    assertThat(observe("{}")).isEqualTo(pending(""));
    assertThat(observe(UNFINISHED)).isEqualTo(pending(""));
  }

  @Test
  void aPodThatNobodyHasLookedAtIsPending() {
    assertThat(observe(UNFINISHED, new PodBuilder(pod("{}")).withStatus(null).build()))
        .isEqualTo(pending(""));
    assertThat(observe(UNFINISHED, pod("{phase: Pending}"))).isEqualTo(pending(""));
  }

  @Test
  void theSchedulersWordsAreToldUntilItIsOverdue() {
    Instant since = NOW.minus(IpfsImageObserver.SCHEDULING).plusSeconds(1);

    assertThat(observe(UNFINISHED, unscheduled(since, "message: \"0/3 nodes are available\"")))
        .isEqualTo(
            new FetchObservation.Pending(
                "the scheduler says: 0/3 nodes are available", NOW.plusSeconds(1)));
  }

  @Test
  void aPodThatIsNotScheduledInTimeIsGivenUpWhileItsJobLives() {
    Instant since = NOW.minus(IpfsImageObserver.SCHEDULING);

    assertThat(observe(UNFINISHED, unscheduled(since, "message: \"0/3 nodes are available\"")))
        .isEqualTo(
            new FetchObservation.Failed(
                Reason.FETCHER_NOT_SCHEDULED,
                "the fetch can't run: the scheduler says: 0/3 nodes are available",
                NOW,
                true));
  }

  @Test
  void aSchedulerMayBeSilent() {
    assertThat(observe(UNFINISHED, unscheduled(NOW, "reason: SchedulingGated")))
        .isEqualTo(
            new FetchObservation.Pending(
                "the scheduler says: nothing", NOW.plus(IpfsImageObserver.SCHEDULING)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "waiting: {reason: ContainerCreating}",
        "waiting: {reason: PodInitializing, message: wait}",
        "waiting: {}"
      })
  void aContainerThatIsMadeIsNoNews(String state) {
    assertThat(observe(UNFINISHED, pod(container(state)))).isEqualTo(pending(""));
  }

  @Test
  void whatTheKubeletWaitsForIsTold() {
    assertThat(
            observe(
                UNFINISHED,
                pod(
                    container(
                        "waiting: {reason: ImagePullBackOff, message: \"Back-off pulling"
                            + " image\"}"))))
        .isEqualTo(
            pending("the fetch's container waits: ImagePullBackOff: Back-off pulling image"));
    assertThat(observe(UNFINISHED, pod(container("waiting: {reason: ErrImageNeverPull}"))))
        .isEqualTo(pending("the fetch's container waits: ErrImageNeverPull"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"running: {}", "terminated: {exitCode: 0}"})
  void itRunsUntilTheJobHasEnded(String state) {
    assertThat(observe(UNFINISHED, pod(container(state))))
        .isEqualTo(new FetchObservation.Running());
  }

  @Test
  void aJobThatIsAboutToFailHasNotEnded() {
    assertThat(
            observe(
                "{conditions: [{type: FailureTarget, status: \"True\"},"
                    + " {type: Failed, status: \"False\"}]}",
                pod(container("running: {}"))))
        .isEqualTo(new FetchObservation.Running());
  }

  @Test
  void aSuccessIsWhatTheReportSays() {
    assertThat(observe(COMPLETE, ended(0, SUCCESS)))
        .isEqualTo(new FetchObservation.Succeeded(Fixtures.success(DIGEST), END));
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "{oops",
        "{\"outcome\":\"Failed\",\"reason\":\"GatewayTimeout\",\"message\":\"too late\"}"
      })
  void aSuccessWithoutAReportOfItIsLost(String report) {
    assertThat(observe(COMPLETE, ended(0, report)))
        .isEqualTo(lost("the fetch ended well, but its report is gone"));
  }

  @Test
  void aSuccessWhosePodIsGoneIsLost() {
    assertThat(observe(COMPLETE)).isEqualTo(lost("the fetch ended well, but its report is gone"));
  }

  @Test
  void aFailureIsWhatTheReportSays() {
    assertThat(observe(FAILED, ended(12, report("GatewayTimeout", "one.example is slow"))))
        .isEqualTo(failure(Reason.GATEWAY_TIMEOUT, "one.example is slow"));
  }

  @Test
  void aFailureNamesTheGatewaysThatLied() {
    assertThat(
            observe(
                FAILED,
                ended(
                    12,
                    report("GatewayTimeout", "one.example is slow")
                        .replace(
                            "}", ",\"sources\":[{\"host\":\"liar.example\",\"rejected\":2}]}"))))
        .isEqualTo(
            failure(
                Reason.GATEWAY_TIMEOUT,
                "one.example is slow; gateway liar.example sent 2 wrong blocks and was dropped"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"exitCode: 137, reason: OOMKilled", "exitCode: 137, reason: Error"})
  void onePutToDeathWantedMemory(String end) {
    assertThat(observe(FAILED, pod(container("terminated: {" + end + "}"))))
        .isEqualTo(
            failure(
                Reason.FETCHER_OUT_OF_MEMORY,
                "the fetch was killed for want of memory: see the chart's"
                    + " fetcher.resources.limits.memory"));
  }

  @Test
  void whatTheFetcherCouldStillSayCountsMoreThanHowItEnded() {
    assertThat(observe(FAILED, ended(137, report("DiskFull", "1 GiB is free"))))
        .isEqualTo(failure(Reason.DISK_FULL, "1 GiB is free"));
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", "{oops", "Exception in thread main"})
  void anEndWithoutAReportTellsTheExitCode(String report) {
    assertThat(observe(FAILED, ended(3, report)))
        .isEqualTo(lost("the fetch ended with exit code 3 and left no report"));
  }

  @Test
  void anEndWithoutAPodTellsWhereToLook() {
    assertThat(observe(FAILED)).isEqualTo(lost("the fetch's pod is gone and left no report"));
  }

  @Test
  void aFailureThatReportsSuccessIsNoSuccess() {
    assertThat(observe(FAILED, ended(1, SUCCESS)))
        .isEqualTo(lost("the fetch reported success, but ended with exit code 1"));
    assertThat(observe(FAILED, ended(137, SUCCESS)))
        .isInstanceOfSatisfying(
            FetchObservation.Failed.class,
            end -> assertThat(end.reason()).isEqualTo(Reason.FETCHER_OUT_OF_MEMORY));
  }

  @Test
  void anEvictionIsToldInTheKubeletsWords() {
    assertThat(
            observe(
                FAILED,
                pod("{reason: Evicted, message: \"The node was low on resource: memory\"}")))
        .isEqualTo(
            failure(
                Reason.FETCHER_EVICTED,
                "the fetch was evicted: The node was low on resource: memory"));
  }

  @Test
  void aDrainIsAnEvictionWhateverTheFetcherSays() {
    Pod drained = ended(143, report("Cancelled", "it was stopped"));
    drained
        .getStatus()
        .setConditions(
            pod("{conditions: [{type: DisruptionTarget, status: \"True\"}]}")
                .getStatus()
                .getConditions());

    assertThat(observe(FAILED, drained))
        .isEqualTo(
            failure(Reason.FETCHER_EVICTED, "the fetch was evicted: the node had to make room"));
  }

  @Test
  void theJobsDeadlineIsToldInItsOwnWords() {
    assertThat(
            observe(failed("DeadlineExceeded"), ended(143, report("Cancelled", "it was stopped"))))
        .isEqualTo(
            failure(
                Reason.FETCHER_TIMED_OUT,
                "the fetch didn't end within 1920 s, its start included: see limits.timeout"));
  }

  @Test
  void theLastPodOfAJobSpeaksForIt() {
    Pod first = ended(12, report("GatewayTimeout", "slow"));
    first.getMetadata().setCreationTimestamp("2025-12-31T23:00:00Z");

    assertThat(observe(FAILED, ended(16, report("DiskFull", "1 GiB is free")), first))
        .isEqualTo(failure(Reason.DISK_FULL, "1 GiB is free"));
  }

  @Test
  void podsOfOtherJobsAndOtherContainersSayNothing() {
    Pod other = ended(12, report("GatewayTimeout", "slow"));
    other.getMetadata().getOwnerReferences().getFirst().setUid("another");
    Pod own = ended(12, report("GatewayTimeout", "slow"));
    own.getStatus().getContainerStatuses().getFirst().setName("injected");

    assertThat(observe(FAILED, other, own))
        .isEqualTo(lost("the fetch's pod is gone and left no report"));
  }

  @Test
  void anAttemptIsWhatTheJobIsLabelledWith() {
    world.jobs(
        job("late", "b", "2", "{}"), job("mid", "b", "1", "{}"), job("soon", "a", "1", "{}"));

    assertThat(IpfsImageObserver.observe(world.inputs()))
        .containsExactly(
            new FetchAttempt("soon", "a", "hash", "", 1, pending("")),
            new FetchAttempt("mid", "b", "hash", "", 1, pending("")),
            new FetchAttempt("late", "b", "hash", "", 2, pending("")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "x", "", "99999999999"})
  void aNumberThatIsNoneIsTheFirst(String number) {
    world.jobs(job("fetch-agent-1", "a", number, "{}"));

    assertThat(IpfsImageObserver.observe(world.inputs()).getFirst().number()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "all is well             | 0 | 0 | ''",
        "all is well             | 1 | 0 | '; gateway a.example sent 1 wrong block and was"
            + " dropped'",
        "all is well             | 0 | 3 | '; gateway b.example sent 3 wrong blocks and was"
            + " dropped'",
        "a.example sent bad data | 1 | 0 | ''",
        "a.example sent bad data | 1 | 2 | '; gateway b.example sent 2 wrong blocks and was"
            + " dropped'",
        "all is well             | 1 | 2 | '; gateway a.example sent 1 wrong block and was dropped;"
            + " gateway b.example sent 2 wrong blocks and was dropped'"
      })
  void liarsAreNamedOnce(String message, long a, long b, String appended) {
    FetchResult result =
        new FetchResult(
            Reason.GATEWAY_ERROR,
            message,
            null,
            null,
            null,
            null,
            List.of(),
            List.of(
                new FetchResult.Source("a.example", 10, a, 0),
                new FetchResult.Source("b.example", 10, b, 0)));

    assertThat(IpfsImageObserver.liars(result)).isEqualTo(appended);
  }

  private FetchObservation observe(String status, Pod... pods) {
    Fixtures alone = new Fixtures().jobs(job("fetch-agent-1", "a", "1", status)).pods(pods);
    List<FetchAttempt> attempts = IpfsImageObserver.observe(alone.inputs());
    assertThat(attempts).hasSize(1);
    return attempts.getFirst().observation();
  }

  private static Job job(String name, String node, String attempt, String status) {
    return Serialization.unmarshal(
        """
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: %s
          namespace: ipfs-tee-nodes
          uid: uid-of-job
          labels: {ipfstee.dev/attempt: "%s", ipfstee.dev/inputs: hash}
          annotations: {ipfstee.dev/node: %s}
        spec: {activeDeadlineSeconds: 1920}
        status: %s
        """
            .formatted(name, attempt, node, status),
        Job.class);
  }

  private static Pod pod(String status) {
    return Serialization.unmarshal(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: fetch-agent-1-abcde
          creationTimestamp: "2025-12-31T23:30:00Z"
          ownerReferences: [{kind: Job, name: fetch-agent-1, uid: uid-of-job}]
        status: %s
        """
            .formatted(status),
        Pod.class);
  }

  private static String container(String state) {
    return "{containerStatuses: [{name: image-fetcher, state: {%s}}]}".formatted(state);
  }

  private static Pod unscheduled(Instant since, String words) {
    return pod(
        "{conditions: [{type: PodScheduled, status: \"False\", lastTransitionTime: \"%s\", %s}]}"
            .formatted(since, words));
  }

  /** A pod whose fetcher ended so, and left this termination message. */
  private static Pod ended(int exitCode, String message) {
    Pod pod = pod(container("terminated: {exitCode: %d, reason: Error}".formatted(exitCode)));
    pod.getStatus()
        .getContainerStatuses()
        .getFirst()
        .getState()
        .getTerminated()
        .setMessage(message);
    return pod;
  }

  private static String report(String reason, String message) {
    return "{\"outcome\":\"Failed\",\"reason\":\"%s\",\"message\":\"%s\"}"
        .formatted(reason, message);
  }

  private static String failed(String reason) {
    return """
    {conditions: [
      {type: FailureTarget, status: "True", reason: %s, lastTransitionTime: "%s"},
      {type: Failed, status: "True", reason: %1$s, lastTransitionTime: "%2$s"}]}\
    """
        .formatted(reason, END);
  }

  private static FetchObservation pending(String message) {
    return new FetchObservation.Pending(message, null);
  }

  private static FetchObservation failure(Reason reason, String message) {
    return new FetchObservation.Failed(reason, message, END, false);
  }

  private static FetchObservation lost(String what) {
    return failure(Reason.FETCHER_LOST, what + LOST);
  }
}
