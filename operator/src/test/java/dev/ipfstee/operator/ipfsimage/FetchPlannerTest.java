package dev.ipfstee.operator.ipfsimage;

import static dev.ipfstee.operator.ipfsimage.Fixtures.CONFIG;
import static dev.ipfstee.operator.ipfsimage.Fixtures.DIGEST;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.at;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.failed;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.running;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.succeeded;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.unscheduled;
import static java.time.Duration.ZERO;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ImageProgress;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.credential.SecretView;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who fetches until one node has resolved the image. */
class FetchPlannerTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Fixtures world = new Fixtures().empty("a", "b", "c");
  private final PlannedFetches fetches = new PlannedFetches(world);

  @Test
  void oneNodeResolvesFirst() {
    FetchPlan plan = fetches.plan();

    assertThat(plan.create()).containsExactly(start("a", 1));
    assertThat(plan.task().orElseThrow().expectedDigest()).isEmpty();
    assertThat(plan.nodes())
        .containsExactly(
            new NodeState.Fetching("a", false, ""),
            new NodeState.Waiting("b"),
            new NodeState.Waiting("c"));
    assertThat(plan.resolved()).isEmpty();
    assertThat(plan.refusal()).isEmpty();
    assertThat(plan.obsolete()).isEmpty();
    assertThat(plan.next()).isNull();
  }

  @Test
  void anotherImageBeginsOnAnotherNode() {
    assertThat(new PlannedFetches(world.uid("y")).plan().create()).containsExactly(start("b", 1));
  }

  @Test
  void theUsersPinIsAskedForFromTheFirst() {
    world.spec("expected: {digest: \"" + DIGEST + "\"}");

    assertThat(fetches.plan().task().orElseThrow().expectedDigest()).contains(DIGEST);
  }

  @Test
  void nothingElseStartsWhileItRuns() {
    FetchPlan plan = fetches.resolving("a", 1, running()).plan();

    assertThat(plan.create()).isEmpty();
    assertThat(plan.obsolete()).isEmpty();
    assertThat(plan.nodes().getFirst()).isEqualTo(new NodeState.Fetching("a", true, ""));
  }

  @Test
  void onlyItsOwnFetchesShowItsProgress() {
    world.progress("a", 5, 100L).progress("b", 7, 100L).progress("c", 9, 100L);
    fetches.resolving("b", 1, failed(Reason.GATEWAY_TIMEOUT, ZERO)).resolving("a", 2, running());

    assertThat(fetches.plan().progress()).contains(new ImageProgress(5L, 100L));
  }

  @Test
  void aPendingOneIsLookedAtWhenItIsOverdue() {
    FetchPlan plan =
        fetches
            .resolving("a", 1, new FetchObservation.Pending("the scheduler waits", at(MINUTE)))
            .plan();

    assertThat(plan.create()).isEmpty();
    assertThat(plan.next()).isEqualTo(at(MINUTE));
    assertThat(plan.nodes().getFirst())
        .isEqualTo(new NodeState.Fetching("a", false, "the scheduler waits"));
  }

  @Test
  void aFetchThatHasNotBegunIsGivenItsCredentialsUntilItHas() {
    withToken("uid/7");
    assertThat(fetches.plan().create()).containsExactly(start("a", 1));
    assertThat(fetches.plan().supply()).isEmpty();
    assertThat(fetches.plan().next()).isEqualTo(at(Duration.ofSeconds(10)));

    FetchPlan waiting = fetches.resolving("a", 1, new FetchObservation.Pending("", null)).plan();
    assertThat(waiting.supply()).containsExactly("a-1");
    assertThat(waiting.next()).isEqualTo(at(Duration.ofSeconds(10)));

    PlannedFetches begun = new PlannedFetches(world).resolving("a", 1, running());
    assertThat(begun.plan().supply()).isEmpty();
    assertThat(begun.plan().next()).isEqualTo(at(MINUTE));
  }

  @Test
  void aChangedSecretBeginsAnotherFetchAndEndsTheOldOne() {
    withToken("uid/7");
    fetches.resolving("a", 1, running());
    assertThat(fetches.plan().obsolete()).isEmpty();

    withToken("uid/8");

    assertThat(fetches.plan().obsolete()).containsExactly("a-1");
    assertThat(fetches.plan().create()).containsExactly(start("a", 1));
    assertThat(fetches.plan().supply()).isEmpty();
  }

  private void withToken(String revision) {
    Map<String, String> data = Map.of("host", "b25lLmV4YW1wbGU=", "token", "czNjcjN0");
    world
        .spec("gateways: [{url: \"https://one.example\", tokenSecretRef: {name: gw}}]")
        .secret("wallets", "gw", new SecretView.Found("ipfstee.dev/token", revision, data));
  }

  @Test
  void aFailureMovesToTheNextNodeWhenTheBackoffIsOver() {
    fetches.resolving("a", 1, failed(Reason.GATEWAY_TIMEOUT, ZERO));

    FetchPlan early = fetches.plan();
    assertThat(early.create()).isEmpty();
    assertThat(early.next()).isEqualTo(at(MINUTE));
    assertThat(early.nodes().getFirst())
        .isEqualTo(new NodeState.Failed("a", Reason.GATEWAY_TIMEOUT, "it failed"));

    world.after(MINUTE.minusMillis(1));
    assertThat(fetches.plan().create()).isEmpty();

    world.after(MINUTE);
    FetchPlan due = fetches.plan();
    assertThat(due.create()).containsExactly(start("b", 2));
    assertThat(due.next()).isNull();
    assertThat(due.nodes())
        .containsExactly(
            new NodeState.Failed("a", Reason.GATEWAY_TIMEOUT, "it failed"),
            new NodeState.Fetching("b", false, ""),
            new NodeState.Waiting("c"));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, b",
    "2, 2, c",
    "3, 4, a",
    "4, 8, b",
    "5, 16, c",
    "6, 30, a",
    "7, 30, b",
    "50, 30, c"
  })
  void theBackoffDoublesUpToItsCapAndAttemptsGoAround(int failures, long minutes, String node) {
    for (int number = 1; number <= failures; number++) {
      fetches.resolving(
          List.of("a", "b", "c").get((number - 1) % 3), number, failed(Reason.GATEWAY_ERROR, ZERO));
    }

    FetchPlan early = fetches.plan();
    assertThat(early.create()).isEmpty();
    assertThat(early.next()).isEqualTo(at(Duration.ofMinutes(minutes)));

    world.after(Duration.ofMinutes(minutes));
    assertThat(fetches.plan().create()).containsExactly(start(node, failures + 1));
  }

  static Stream<Reason> userActs() {
    return reasons(Reason.Next.USER_ACTS);
  }

  @ParameterizedTest
  @MethodSource("userActs")
  void whatOnlyTheUserCanMendIsNeverTriedAgain(Reason reason) {
    fetches.resolving("a", 1, failed(reason, ZERO));
    world.after(Duration.ofDays(365));

    FetchPlan plan = fetches.plan();

    assertThat(plan.create()).isEmpty();
    assertThat(plan.next()).isNull();
    assertThat(plan.nodes().getFirst()).isEqualTo(new NodeState.Failed("a", reason, "it failed"));
  }

  static Stream<Reason> rearmed() {
    return reasons(Reason.Next.REARMED);
  }

  @ParameterizedTest
  @MethodSource("rearmed")
  void whatLyingGatewaysCauseIsTriedAgainAfterSixHours(Reason reason) {
    fetches.resolving("a", 1, failed(reason, ZERO));

    FetchPlan early = fetches.plan();
    assertThat(early.create()).isEmpty();
    assertThat(early.next()).isEqualTo(at(Duration.ofHours(6)));

    world.after(Duration.ofHours(6));
    assertThat(fetches.plan().create()).containsExactly(start("b", 2));
  }

  static Stream<Reason> retried() {
    return reasons(Reason.Next.RETRIED);
  }

  @ParameterizedTest
  @MethodSource("retried")
  void whatMayPassIsTriedAgainAfterTheBackoff(Reason reason) {
    fetches.resolving("a", 1, failed(reason, ZERO));

    assertThat(fetches.plan().create()).isEmpty();
    world.after(MINUTE);
    assertThat(fetches.plan().create()).containsExactly(start("b", 2));
  }

  @Test
  void aNodeThatDoesNotAnswerIsPassedOverAndTold() {
    world.silent("b");
    fetches.resolving("a", 1, failed(Reason.GATEWAY_TIMEOUT, ZERO));
    world.after(MINUTE);

    FetchPlan plan = fetches.plan();

    assertThat(plan.create()).containsExactly(start("c", 2));
    assertThat(plan.nodes())
        .contains(
            new NodeState.Failed(
                "b",
                Reason.REGISTRY_UNREACHABLE,
                "the registry doesn't answer the operator: connection refused"));
  }

  @Test
  void nobodyFetchesWhereNobodyAnswers() {
    world.silent("a").silent("b").unasked("c");

    FetchPlan plan = fetches.plan();

    assertThat(plan.create()).isEmpty();
    assertThat(plan.nodes().getLast()).isEqualTo(new NodeState.Waiting("c"));
  }

  @Test
  void aNodeWithoutRoomIsGivenUpForAnotherButItsJobMayYetRun() {
    fetches.resolving("a", 1, unscheduled(ZERO));
    assertThat(fetches.plan().create()).isEmpty();
    world.after(MINUTE);

    FetchPlan plan = fetches.plan();

    assertThat(plan.create()).hasSize(1).doesNotContain(start("a", 2));
    assertThat(plan.obsolete()).isEmpty();
    assertThat(plan.nodes().getFirst())
        .isEqualTo(new NodeState.Failed("a", Reason.FETCHER_NOT_SCHEDULED, "it can't run"));
  }

  @Test
  void theOnlyNodeGetsNoSecondJobBesideOneThatMayYetRun() {
    world.gone("b").gone("c");
    fetches.resolving("a", 1, unscheduled(ZERO));
    world.after(Duration.ofHours(1));

    FetchPlan plan = fetches.plan();

    assertThat(plan.create()).isEmpty();
    assertThat(plan.obsolete()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gateways: [{url: \"https://two.example\"}]",
        "limits: {maxBytes: 20Gi}",
        "limits: {timeout: 1h}",
        "verification: {config: Warn}"
      })
  void aChangedSpecEndsWhatRunsAndBeginsAnew(String change) {
    fetches.resolving("b", 4, running());
    world.spec(change);

    FetchPlan plan = fetches.plan();

    assertThat(plan.obsolete()).containsExactly("b-4");
    assertThat(plan.create()).containsExactly(start("a", 1));
    assertThat(plan.refusal()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gateways: [{url: \"https://one.example\"}]\n"
            + "fetcher: {image: \"localhost/fetcher@sha256:0\"}",
        "gateways: [{url: \"https://one.example\"}, {url: \"https://two.example\"}]\n"
            + "fetcher: {image: \"localhost/newer@sha256:0\"}",
        "gateways: [{url: \"https://one.example\"}, {url: \"https://two.example\"}]\n"
            + "fetcher: {image: \"localhost/fetcher@sha256:0\", resources: {limits: {memory: 1Gi}}}"
      })
  void aVerdictUnderAnotherConfigurationCountsNoMore(String configuration) {
    fetches.resolving("a", 1, failed(Reason.IMAGE_TOO_LARGE, ZERO));
    world.config(configuration.replace("sha256:0", "sha256:" + "0".repeat(64)));

    FetchPlan plan = fetches.plan();

    assertThat(plan.create()).containsExactly(start("a", 1));
    assertThat(plan.nodes().getFirst()).isEqualTo(new NodeState.Fetching("a", false, ""));
  }

  @Test
  void whatTheFetcherDoesNotSeeChangesNothing() {
    fetches.resolving("a", 1, running());
    world.config(CONFIG + "registry: {pollInterval: 7s}\n");

    assertThat(fetches.plan().obsolete()).isEmpty();
    assertThat(fetches.plan().create()).isEmpty();
  }

  @Test
  void theUnfinishedJobOfANodeThatIsGoneIsEnded() {
    fetches.resolving("a", 1, failed(Reason.GATEWAY_TIMEOUT, ZERO)).resolving("b", 2, running());
    world.gone("a").gone("b");

    assertThat(fetches.plan().obsolete()).containsExactly("b-2");
  }

  @Test
  void aNodeWhoseRegistryRestartsKeepsItsJob() {
    fetches.resolving("a", 1, running());
    world.withoutRegistry("a");

    FetchPlan plan = fetches.plan();

    assertThat(plan.obsolete()).isEmpty();
    assertThat(plan.create()).isEmpty();
    assertThat(plan.nodes()).extracting(NodeState::node).containsExactly("b", "c");
  }

  @ParameterizedTest
  @EnumSource(names = {"GATEWAY_TIMEOUT", "BLOCK_MISMATCH", "IMAGE_TOO_LARGE"})
  void aRequestHasItTriedAgainAtOnceAsIfForTheFirstTime(Reason reason) {
    fetches
        .resolving("a", 1, failed(Reason.GATEWAY_TIMEOUT, ZERO))
        .resolving("b", 2, failed(reason, ZERO));
    world.reported(reason, "on node b: it failed").requested("now");

    FetchPlan plan = fetches.plan();

    assertThat(plan.create()).containsExactly(start("a", 1));
    assertThat(plan.task().orElseThrow().request()).isNotEmpty();
    assertThat(plan.nodes().getFirst()).isEqualTo(new NodeState.Fetching("a", false, ""));
    assertThat(plan.nodes()).noneMatch(NodeState.Failed.class::isInstance);
  }

  @Test
  void whatFailsAfterARequestCountsAgain() {
    fetches.resolving("a", 1, failed(Reason.IMAGE_TOO_LARGE, ZERO));
    world.handled("now").reported(Reason.FETCH_RUNNING, "1 fetch it").requested("now");

    fetches.resolving("a", 1, running());
    assertThat(fetches.plan().create()).isEmpty();
    assertThat(fetches.plan().nodes().getFirst()).isEqualTo(new NodeState.Fetching("a", true, ""));

    PlannedFetches later =
        new PlannedFetches(world).resolving("a", 1, failed(Reason.GATEWAY_TIMEOUT, ZERO));
    assertThat(later.plan().create()).isEmpty();
    assertThat(later.plan().next()).isEqualTo(at(MINUTE));
  }

  @Test
  void aRequestIsActedUponOnceAndTakingItAwayIsNone() {
    world.handled("now").reported(Reason.IMAGE_TOO_LARGE, "11 GiB").requested("now");
    fetches.resolving("a", 1, failed(Reason.IMAGE_TOO_LARGE, ZERO));
    assertThat(fetches.plan().create()).isEmpty();

    world.requested(null);
    assertThat(fetches.plan().create()).isEmpty();

    world.requested("later");
    assertThat(fetches.plan().create()).containsExactly(start("a", 1));
  }

  @Test
  void aRequestDoesNotDisturbWhatRuns() {
    fetches.resolving("a", 1, running());
    world.requested("now");

    FetchPlan plan = fetches.plan();

    assertThat(plan.create()).isEmpty();
    assertThat(plan.obsolete()).isEmpty();
    assertThat(plan.nodes().getFirst()).isEqualTo(new NodeState.Fetching("a", true, ""));
  }

  @Test
  void aRequestEndsWhatWasGivenUp() {
    fetches.resolving("a", 1, unscheduled(ZERO));
    world.requested("now");

    FetchPlan plan = fetches.plan();

    assertThat(plan.obsolete()).containsExactly("a-1");
    assertThat(plan.create()).containsExactly(start("a", 1));
  }

  @Test
  void anImageOnHoldListensToNoRequestUntilItGoesOn() {
    fetches.resolving("a", 1, failed(Reason.IMAGE_TOO_LARGE, ZERO));
    world.requested("now").spec("suspend: true");
    assertThat(world.inputs().requestedAnew()).isFalse();
    assertThat(fetches.plan().create()).isEmpty();

    world.spec("").edited();
    assertThat(fetches.plan().create()).containsExactly(start("a", 1));
  }

  @Test
  void nothingStartsWhileItIsSuspended() {
    world.spec("suspend: true");

    FetchPlan plan = fetches.plan();

    assertThat(plan.create()).isEmpty();
    assertThat(plan.next()).isNull();
    assertThat(plan.nodes()).allMatch(NodeState.Waiting.class::isInstance);
  }

  @Test
  void whatRunsWhenItIsSuspendedComesToItsEndAndIsNotTriedAgain() {
    world.spec("suspend: true");
    fetches.resolving("a", 1, running());

    FetchPlan running = fetches.plan();
    assertThat(running.obsolete()).isEmpty();
    assertThat(running.nodes().getFirst()).isEqualTo(new NodeState.Fetching("a", true, ""));

    PlannedFetches later =
        new PlannedFetches(world).resolving("a", 1, failed(Reason.GATEWAY_TIMEOUT, ZERO));
    world.after(MINUTE);
    assertThat(later.plan().create()).isEmpty();
    assertThat(later.plan().next()).isNull();

    world.spec("").edited();
    assertThat(later.plan().create()).containsExactly(start("b", 2));
  }

  @Test
  void theFirstSuccessSaysWhatTheImageIs() {
    FetchPlan plan =
        fetches
            .resolving("a", 1, succeeded(DIGEST, MINUTE))
            .resolving("b", 2, unscheduled(ZERO))
            .plan();

    assertThat(plan.resolved()).contains(Fixtures.IMAGE);
    assertThat(plan.resolvedBy()).contains(Fixtures.success(DIGEST));
  }

  private static Stream<Reason> reasons(Reason.Next next) {
    return Arrays.stream(Reason.values()).filter(reason -> reason.next() == next);
  }

  private static FetchPlan.Start start(String node, int attempt) {
    return new FetchPlan.Start(node, attempt);
  }
}
