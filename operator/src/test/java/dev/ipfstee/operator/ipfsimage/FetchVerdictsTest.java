package dev.ipfstee.operator.ipfsimage;

import static dev.ipfstee.operator.ipfsimage.Fixtures.DIGEST;
import static dev.ipfstee.operator.ipfsimage.Fixtures.OTHER_DIGEST;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.failed;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.running;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.succeeded;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.unscheduled;
import static java.time.Duration.ZERO;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.check.Finding;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What stops an image as a whole. */
class FetchVerdictsTest {
  private static final Set<Reason> NOT_OF_THE_CONTENT =
      EnumSet.of(
          Reason.INVALID_USAGE,
          Reason.GATEWAY_NOT_ALLOWED,
          Reason.SECRET_FORBIDDEN,
          Reason.SECRET_TYPE_MISMATCH,
          Reason.SECRET_KEY_MISSING,
          Reason.TOKEN_HOST_MISMATCH,
          Reason.TOKEN_MALFORMED,
          Reason.CA_MALFORMED,
          Reason.PROXY_CREDENTIALS_MALFORMED);

  private final Fixtures world = new Fixtures().empty("a", "b", "c");
  private final PlannedFetches fetches = new PlannedFetches(world);

  @Test
  void twoNodesThatFoundDifferentImagesStopEverything() {
    fetches
        .resolving("a", 1, succeeded(DIGEST, ZERO))
        .resolving("b", 2, succeeded(OTHER_DIGEST, Duration.ofSeconds(1)));
    world.holding("a").after(Duration.ofDays(1));

    FetchPlan plan = fetches.plan();

    assertThat(plan.refusal())
        .contains(
            Finding.needsUser(
                Reason.DIGEST_DISAGREEMENT,
                "the CID was resolved to "
                    + DIGEST
                    + ", but node b found: "
                    + OTHER_DIGEST
                    + "; treat that node or the first one as compromised until explained"));
    assertThat(plan.create()).isEmpty();
    assertThat(plan.next()).isNull();
    assertThat(plan.nodes())
        .containsExactly(
            new NodeState.Ready("a"), new NodeState.Waiting("b"), new NodeState.Waiting("c"));
  }

  @Test
  void aNodeThatDidNotFindTheExpectedImageStopsEverything() {
    world.resolved().holding("a");
    fetches.spreading("b", 1, failed(Reason.UNEXPECTED_DIGEST, ZERO)).spreading("c", 1, running());

    FetchPlan plan = fetches.plan();

    assertThat(plan.refusal())
        .hasValueSatisfying(
            finding -> {
              assertThat(finding.reason()).isEqualTo(Reason.DIGEST_DISAGREEMENT);
              assertThat(finding.message()).contains(DIGEST, "node b found: it failed;");
            });
    assertThat(plan.create()).isEmpty();
    // What it finds is evidence.
    assertThat(plan.obsolete()).isEmpty();
  }

  @Test
  void agreementIsNoNews() {
    world.resolved().holding("a");
    fetches.resolving("a", 1, succeeded(DIGEST, ZERO)).spreading("b", 1, succeeded(DIGEST, ZERO));

    assertThat(fetches.plan().refusal()).isEmpty();
  }

  @Test
  void theUsersPinThatDoesNotHoldIsNoDisagreementOfNodes() {
    world.spec("expected: {digest: \"" + OTHER_DIGEST + "\"}");
    fetches.resolving("a", 1, failed(Reason.UNEXPECTED_DIGEST, ZERO));

    FetchPlan plan = fetches.plan();

    assertThat(plan.refusal()).isEmpty();
    assertThat(plan.create()).isEmpty();
    assertThat(plan.nodes())
        .contains(new NodeState.Failed("a", Reason.UNEXPECTED_DIGEST, "it failed"));
  }

  @Test
  void aChangedSpecAsksTheNodeThatDisagreedAgain() {
    world.resolved().holding("a", "c");
    fetches.spreading("b", 1, failed(Reason.UNEXPECTED_DIGEST, ZERO));
    world.spec("gateways: [{url: \"https://two.example\"}]").edited();

    FetchPlan plan = fetches.plan();

    assertThat(plan.refusal()).isEmpty();
    assertThat(plan.create()).containsExactly(new FetchPlan.Start("b", 1));
  }

  static Stream<Reason> ofTheContent() {
    return Arrays.stream(Reason.values())
        .filter(reason -> reason.next() == Reason.Next.USER_ACTS)
        .filter(reason -> !NOT_OF_THE_CONTENT.contains(reason));
  }

  @ParameterizedTest
  @MethodSource("ofTheContent")
  void aVerdictOnTheContentOutlivesItsJobs(Reason reason) {
    world.reported(reason, "on node a: so it is");

    FetchPlan plan = fetches.plan();

    assertThat(plan.refusal()).contains(Finding.needsUser(reason, "on node a: so it is"));
    assertThat(plan.create()).isEmpty();
    assertThat(plan.nodes()).contains(new NodeState.Waiting("a"));
  }

  static Stream<Reason> notOfTheContent() {
    return Arrays.stream(Reason.values())
        .filter(
            reason ->
                reason.next() != Reason.Next.USER_ACTS || NOT_OF_THE_CONTENT.contains(reason));
  }

  @ParameterizedTest
  @MethodSource("notOfTheContent")
  void anyOtherIsForgottenWithItsJobs(Reason reason) {
    world.reported(reason, "on node a: so it is");

    FetchPlan plan = fetches.plan();

    assertThat(plan.refusal()).isEmpty();
    assertThat(plan.create()).containsExactly(new FetchPlan.Start("a", 1));
  }

  @Test
  void aVerdictIsOnTheSpecThatItWasMadeOf() {
    world.reported(Reason.IMAGE_TOO_LARGE, "11 GiB, 10 GiB are allowed").edited();

    FetchPlan plan = fetches.plan();

    assertThat(plan.refusal()).isEmpty();
    assertThat(plan.create()).hasSize(1);
  }

  @Test
  void jobsThatAreThereKnowBetterThanTheStatus() {
    world.reported(Reason.IMAGE_TOO_LARGE, "on node a: 11 GiB");
    fetches.resolving("a", 1, failed(Reason.GATEWAY_TIMEOUT, ZERO));
    world.after(Duration.ofMinutes(1));

    FetchPlan plan = fetches.plan();

    assertThat(plan.refusal()).isEmpty();
    assertThat(plan.create()).containsExactly(new FetchPlan.Start("b", 2));
  }

  @Test
  void oneNodesTroubleIsNoVerdictOnAnImageThatIsKnown() {
    world.resolved(Reason.MEDIA_TYPE_REJECTED, "on node b: not that").holding("a");

    FetchPlan plan = fetches.plan();

    assertThat(plan.refusal()).isEmpty();
    assertThat(plan.create()).hasSize(2);
  }

  @Test
  void aDisagreementIsRememberedEvenOfAnImageThatIsKnown() {
    world.resolved(Reason.DIGEST_DISAGREEMENT, "node b found another").holding("a");

    FetchPlan plan = fetches.plan();

    assertThat(plan.refusal())
        .contains(Finding.needsUser(Reason.DIGEST_DISAGREEMENT, "node b found another"));
    assertThat(plan.create()).isEmpty();
  }

  @Test
  void aDisagreementIsRememberedThoughOtherJobsAreLeft() {
    world.resolved(Reason.DIGEST_DISAGREEMENT, "node b found another").holding("a");
    fetches.spreading("c", 1, succeeded(DIGEST, ZERO));
    world.after(Duration.ofHours(7));

    FetchPlan plan = fetches.plan();

    assertThat(plan.refusal())
        .contains(Finding.needsUser(Reason.DIGEST_DISAGREEMENT, "node b found another"));
    assertThat(plan.create()).isEmpty();
  }

  @Test
  void aDisagreementIsForgottenWithItsSpec() {
    world.resolved(Reason.DIGEST_DISAGREEMENT, "node b found another").holding("a", "c").edited();

    FetchPlan plan = fetches.plan();

    assertThat(plan.refusal()).isEmpty();
    assertThat(plan.create()).containsExactly(new FetchPlan.Start("b", 1));
  }

  @Test
  void aRequestHasRememberedVerdictsJudgedAnew() {
    world.reported(Reason.IMAGE_TOO_LARGE, "11 GiB").requested("now");

    FetchPlan plan = fetches.plan();

    assertThat(plan.refusal()).isEmpty();
    assertThat(plan.create()).hasSize(1);
  }

  @Test
  void aRequestAsksTheNodeThatDisagreedAgain() {
    world.resolved(Reason.DIGEST_DISAGREEMENT, "node b found another").holding("a", "c");
    fetches.spreading("b", 1, failed(Reason.UNEXPECTED_DIGEST, ZERO));
    world.requested("now");

    FetchPlan plan = fetches.plan();

    assertThat(plan.refusal()).isEmpty();
    assertThat(plan.create()).containsExactly(new FetchPlan.Start("b", 1));
  }

  @Test
  void aRequestIsNoAnswerToTwoReportsThatDisagree() {
    world.resolved().holding("a");
    fetches.resolving("b", 1, succeeded(OTHER_DIGEST, ZERO));
    world.requested("now");

    assertThat(fetches.plan().refusal().map(Finding::reason)).contains(Reason.DIGEST_DISAGREEMENT);
  }

  @Test
  void aDisagreementIsNotForgottenByPuttingTheImageOnHold() {
    world.resolved(Reason.DIGEST_DISAGREEMENT, "node b found another").holding("a", "c");
    world.spec("suspend: true").edited();

    assertThat(fetches.plan().refusal().map(Finding::message)).contains("node b found another");
  }

  @ParameterizedTest
  @MethodSource("ofTheContent")
  void nodesThatAreAwayTakeNoVerdictWithThem(Reason reason) {
    world.reported(reason, "so it is").gone("a").gone("b").gone("c");

    assertThat(halted(noNode()).refusal()).contains(Finding.needsUser(reason, "so it is"));
  }

  @Test
  void aUsersErrorIsToldInsteadOfWhatCameOfAnEarlierFetch() {
    world.reported(Reason.IMAGE_TOO_LARGE, "11 GiB");
    Finding refused = Finding.needsUser(Reason.GATEWAY_NOT_ALLOWED, "not that one");

    assertThat(halted(refused).refusal()).contains(refused);
  }

  @Test
  void aDisagreementIsToldInsteadOfAUsersError() {
    Finding refused = Finding.needsUser(Reason.GATEWAY_NOT_ALLOWED, "not that one");
    world.resolved(Reason.DIGEST_DISAGREEMENT, "node b found another");
    assertThat(halted(refused).refusal().map(Finding::message)).contains("node b found another");

    fetches.resolving("b", 1, succeeded(OTHER_DIGEST, ZERO));
    world.edited();
    assertThat(halted(refused).refusal().map(Finding::reason)).contains(Reason.DIGEST_DISAGREEMENT);
  }

  @Test
  void aUsersErrorStopsWhatRuns() {
    fetches
        .resolving("a", 1, failed(Reason.GATEWAY_TIMEOUT, ZERO))
        .resolving("b", 2, unscheduled(ZERO))
        .resolving("c", 3, running());
    Finding refused = Finding.needsUser(Reason.GATEWAY_NOT_ALLOWED, "not that one");

    FetchPlan plan = halted(refused);

    assertThat(plan.obsolete()).containsExactly("b-2", "c-3");
    assertThat(plan.refusal()).contains(refused);
    assertThat(plan.create()).isEmpty();
    assertThat(plan.task()).isEmpty();
  }

  @Test
  void whatIsWaitedForStopsNothingThatRuns() {
    fetches.resolving("a", 1, running());
    world.withoutRegistry("a").withoutRegistry("b").withoutRegistry("c");
    Finding waiting = noNode();

    FetchPlan plan = halted(waiting);

    assertThat(plan.obsolete()).isEmpty();
    assertThat(plan.refusal()).contains(waiting);
  }

  @ParameterizedTest
  @EnumSource(names = {"GATEWAY_NOT_ALLOWED", "MUTABLE_NAME"})
  void whatIsKnownStaysKnownThroughAUsersError(Reason reason) {
    world.resolved().holding("a").silent("b");

    FetchPlan plan = halted(Finding.needsUser(reason, "not that one"));

    assertThat(plan.resolved()).contains(Fixtures.IMAGE);
    assertThat(plan.nodes())
        .containsExactly(
            new NodeState.Ready("a"), new NodeState.Waiting("b"), new NodeState.Waiting("c"));
  }

  private FetchPlan halted(Finding finding) {
    return FetchPlanner.halted(world.inputs(), fetches.attempts(), finding);
  }

  private static Finding noNode() {
    return Finding.waitFor(Reason.NO_SEED_NODE, "no node", Duration.ofMinutes(5));
  }
}
