package dev.ipfstee.operator.ipfsimage;

import static dev.ipfstee.operator.ipfsimage.Fixtures.CONFIG;
import static dev.ipfstee.operator.ipfsimage.Fixtures.DIGEST;
import static dev.ipfstee.operator.ipfsimage.Fixtures.OTHER_DIGEST;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.at;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.failed;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.running;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.succeeded;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.unscheduled;
import static java.time.Duration.ZERO;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who fetches once the image is known. */
class FetchPlannerSpreadTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Fixtures world = new Fixtures().empty("a", "b", "c");
  private final PlannedFetches fetches = new PlannedFetches(world);

  @Test
  void allOthersStartAtOnceAndMustFindTheSame() {
    fetches.resolving("a", 1, succeeded(DIGEST, ZERO));
    world.holding("a");

    FetchPlan plan = fetches.plan();

    assertThat(plan.create()).containsExactly(start("b", 1), start("c", 1));
    assertThat(plan.task().orElseThrow().expectedDigest()).contains(DIGEST);
    assertThat(plan.resolvedBy()).isPresent();
    assertThat(plan.nodes())
        .containsExactly(
            new NodeState.Ready("a"),
            new NodeState.Fetching("b", false, ""),
            new NodeState.Fetching("c", false, ""));
  }

  @Test
  void whatTheStatusSaysNeedsNoJobToBeKnown() {
    world.resolved().holding("a");

    FetchPlan plan = fetches.plan();

    assertThat(plan.resolved()).contains(Fixtures.IMAGE);
    assertThat(plan.resolvedBy()).isEmpty();
    assertThat(plan.create()).containsExactly(start("b", 1), start("c", 1));
    assertThat(plan.task().orElseThrow().expectedDigest()).contains(DIGEST);
  }

  @Test
  void thePassesBeforeAndAfterItIsWrittenDownAskForTheSame() {
    fetches.resolving("a", 1, succeeded(DIGEST, ZERO));
    world.holding("a");
    String before = fetches.plan().task().orElseThrow().hash();

    world.resolved();

    assertThat(fetches.plan().task().orElseThrow().hash()).isEqualTo(before);
  }

  @Test
  void restsWhereEveryNodeHoldsIt() {
    world.resolved().holding("a", "b", "c");

    FetchPlan plan = fetches.plan();

    assertThat(plan.nodes())
        .containsExactly(
            new NodeState.Ready("a"), new NodeState.Ready("b"), new NodeState.Ready("c"));
    assertThat(plan.create()).isEmpty();
    assertThat(plan.obsolete()).isEmpty();
    assertThat(plan.next()).isNull();
  }

  @Test
  void aNodeThatJoinsLaterGetsItToo() {
    world.resolved().holding("a", "b", "c").empty("d");

    assertThat(fetches.plan().create()).containsExactly(start("d", 1));
  }

  @Test
  void anotherImageOrPlatformInAStoreIsNotThisOne() {
    world
        .resolved()
        .holding("a")
        .showing("b", OTHER_DIGEST, "linux/amd64")
        .showing("c", DIGEST, "linux/arm64");

    assertThat(fetches.plan().create()).containsExactly(start("b", 1), start("c", 1));
  }

  @Test
  void aNodeThatDoesNotAnswerGetsNoneAndIsTold() {
    world.resolved().holding("a").silent("b").unasked("c");

    FetchPlan plan = fetches.plan();

    assertThat(plan.create()).isEmpty();
    assertThat(plan.nodes())
        .containsExactly(
            new NodeState.Ready("a"),
            new NodeState.Failed(
                "b",
                Reason.REGISTRY_UNREACHABLE,
                "the registry doesn't answer the operator: connection refused"),
            new NodeState.Waiting("c"));
  }

  @Test
  void eachNodeRunsItsOwnJobOnce() {
    world.resolved().holding("a");
    fetches
        .spreading("b", 1, running())
        .spreading("c", 1, new FetchObservation.Pending("no room", at(MINUTE)));

    FetchPlan plan = fetches.plan();

    assertThat(plan.create()).isEmpty();
    assertThat(plan.next()).isEqualTo(at(MINUTE));
    assertThat(plan.nodes())
        .containsExactly(
            new NodeState.Ready("a"),
            new NodeState.Fetching("b", true, ""),
            new NodeState.Fetching("c", false, "no room"));
  }

  @Test
  void aPendingOneIsLookedAtWhenItIsOverdueThoughTheOneBeforeItIsTold() {
    world.resolved().holding("a", "b");
    fetches
        .spreading("c", 1, failed(Reason.GATEWAY_ERROR, ZERO))
        .spreading("c", 2, new FetchObservation.Pending("no room", at(MINUTE)));

    FetchPlan plan = fetches.plan();

    assertThat(plan.next()).isEqualTo(at(MINUTE));
    assertThat(plan.nodes().getLast())
        .isEqualTo(new NodeState.Failed("c", Reason.GATEWAY_ERROR, "it failed"));
  }

  @Test
  void eachNodeHasItsOwnBackoff() {
    world.resolved().holding("a");
    fetches
        .spreading("b", 1, failed(Reason.DISK_FULL, ZERO))
        .spreading("b", 2, failed(Reason.DISK_FULL, MINUTE))
        .spreading("c", 1, failed(Reason.GATEWAY_ERROR, MINUTE));
    world.after(MINUTE);

    FetchPlan early = fetches.plan();
    assertThat(early.create()).isEmpty();
    assertThat(early.next()).isEqualTo(at(MINUTE.multipliedBy(2)));

    world.after(MINUTE.multipliedBy(2));
    FetchPlan later = fetches.plan();
    assertThat(later.create()).containsExactly(start("c", 2));
    assertThat(later.next()).isEqualTo(at(MINUTE.multipliedBy(3)));

    world.after(MINUTE.multipliedBy(3));
    assertThat(fetches.plan().create()).containsExactly(start("b", 3), start("c", 2));
  }

  @Test
  void whatTheUserMustMendOnOneNodeLeavesTheOthersAlone() {
    world.resolved().holding("a");
    fetches.spreading("b", 1, failed(Reason.TOO_MANY_LAYERS, ZERO));
    world.after(Duration.ofDays(1));

    FetchPlan plan = fetches.plan();

    assertThat(plan.refusal()).isEmpty();
    assertThat(plan.create()).containsExactly(start("c", 1));
    assertThat(plan.nodes())
        .contains(new NodeState.Failed("b", Reason.TOO_MANY_LAYERS, "it failed"));
  }

  @Test
  void aNodeWithoutRoomGetsNoSecondJobBesideOneThatMayYetRun() {
    world.resolved().holding("a", "b");
    fetches.spreading("c", 1, unscheduled(ZERO));
    world.after(Duration.ofHours(1));

    assertThat(fetches.plan().create()).isEmpty();
    assertThat(fetches.plan().obsolete()).isEmpty();
  }

  @Test
  void aSuccessThatTheRegistryDoesNotShowYetIsWaitedFor() {
    fetches.resolving("a", 1, succeeded(DIGEST, ZERO));
    world.holding("b", "c");

    FetchPlan early = fetches.plan();
    assertThat(early.create()).isEmpty();
    assertThat(early.next()).isEqualTo(at(MINUTE));
    assertThat(early.nodes().getFirst()).isEqualTo(new NodeState.Fetching("a", false, ""));

    world.after(MINUTE);
    assertThat(fetches.plan().create()).containsExactly(start("a", 1));
  }

  @Test
  void theWaitForTheRegistryIsNoShorterThanSomePolls() {
    world
        .config(
            CONFIG.replace("fetcher: {", "fetcher: {attempts: {initialBackoff: 1s}, ")
                + "registry: {pollInterval: 7s}\n")
        .holding("b", "c");
    fetches.resolving("a", 1, succeeded(DIGEST, ZERO));

    assertThat(fetches.plan().next()).isEqualTo(at(Duration.ofSeconds(21)));
  }

  @Test
  void aNodeThatLostTheImageGetsItAgainAtOnce() {
    world.resolved().holding("a", "b");
    fetches.spreading("c", 1, succeeded(DIGEST, ZERO));
    world.after(Duration.ofHours(1));

    assertThat(fetches.plan().create()).containsExactly(start("c", 2));
  }

  @Test
  void aSuccessAfterFailuresIsNoFailure() {
    world.resolved().holding("a", "b");
    fetches
        .spreading("c", 1, failed(Reason.IMAGE_TOO_LARGE, ZERO))
        .spreading("c", 2, succeeded(DIGEST, MINUTE));
    world.after(Duration.ofHours(1));

    FetchPlan plan = fetches.plan();

    assertThat(plan.create()).containsExactly(start("c", 3));
    assertThat(plan.nodes().getLast()).isEqualTo(new NodeState.Fetching("c", false, ""));
  }

  @Test
  void whatRunsOnTheUsersPinGoesOnOnceTheImageIsKnown() {
    world.spec("expected: {digest: \"" + DIGEST + "\"}");
    fetches.resolving("b", 1, running());
    world.resolved().holding("a", "c");

    FetchPlan plan = fetches.plan();

    assertThat(plan.obsolete()).isEmpty();
    assertThat(plan.create()).isEmpty();
    assertThat(plan.nodes()).contains(new NodeState.Fetching("b", true, ""));
  }

  @Test
  void aSeedThatStillWaitsIsReplacedByOneThatKnowsTheDigest() {
    fetches.resolving("a", 1, unscheduled(ZERO)).resolving("b", 2, succeeded(DIGEST, MINUTE));
    world.holding("b", "c").after(MINUTE);

    FetchPlan plan = fetches.plan();

    assertThat(plan.obsolete()).containsExactly("a-1");
    assertThat(plan.create()).containsExactly(start("a", 1));
  }

  @Test
  void changedLimitsEndWhatRunsAndBeginAnewOnEachNode() {
    world.resolved().holding("a");
    fetches.spreading("b", 3, running()).spreading("c", 1, failed(Reason.IMAGE_TOO_LARGE, ZERO));
    world.spec("limits: {maxBytes: 20Gi}");

    FetchPlan plan = fetches.plan();

    assertThat(plan.obsolete()).containsExactly("b-3");
    assertThat(plan.create()).containsExactly(start("b", 1), start("c", 1));
  }

  @Test
  void theUnfinishedJobOfANodeThatIsGoneIsEnded() {
    world.resolved().holding("a", "b");
    fetches.spreading("c", 1, running());
    world.gone("c");

    assertThat(fetches.plan().obsolete()).containsExactly("c-1");
  }

  @ParameterizedTest
  @CsvSource({"-3600000, 1000", "0, 1000", "899, 1000", "900, 1000", "901, 1001", "60000, 60100"})
  void thePastIsSlightlyAhead(long next, long wait) {
    Instant now = Fixtures.NOW;

    assertThat(wakingAt(now.plusMillis(next)).wakeAfter(now)).contains(Duration.ofMillis(wait));
  }

  @Test
  void withoutAnythingToWaitForNobodyIsWoken() {
    assertThat(wakingAt(null).wakeAfter(Fixtures.NOW)).isEmpty();
  }

  private static FetchPlan wakingAt(Instant next) {
    return new FetchPlan(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(),
        next);
  }

  @Test
  void aRequestHasEveryNodeTryAgainThatLacksTheImage() {
    world.resolved().holding("a");
    fetches
        .spreading("b", 1, failed(Reason.DISK_FULL, ZERO))
        .spreading("c", 1, failed(Reason.IMAGE_TOO_LARGE, ZERO));
    world.requested("now");

    FetchPlan plan = fetches.plan();

    assertThat(plan.create()).containsExactly(start("b", 1), start("c", 1));
    assertThat(plan.nodes())
        .containsExactly(
            new NodeState.Ready("a"),
            new NodeState.Fetching("b", false, ""),
            new NodeState.Fetching("c", false, ""));
  }

  @Test
  void nothingSpreadsWhileItIsSuspended() {
    world.resolved().holding("a").spec("suspend: true");
    fetches.spreading("b", 1, running());

    FetchPlan plan = fetches.plan();

    assertThat(plan.create()).isEmpty();
    assertThat(plan.obsolete()).isEmpty();
    assertThat(plan.nodes())
        .containsExactly(
            new NodeState.Ready("a"),
            new NodeState.Fetching("b", true, ""),
            new NodeState.Waiting("c"));
  }

  private static FetchPlan.Start start(String node, int attempt) {
    return new FetchPlan.Start(node, attempt);
  }
}
