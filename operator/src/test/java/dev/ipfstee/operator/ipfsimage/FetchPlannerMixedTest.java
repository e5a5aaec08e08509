package dev.ipfstee.operator.ipfsimage;

import static dev.ipfstee.operator.ipfsimage.Fixtures.DIGEST;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.succeeded;
import static java.time.Duration.ZERO;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Who fetches in a cluster of nodes with different architectures. */
class FetchPlannerMixedTest {
  private final Fixtures world = new Fixtures().empty("a", "b").emptyArm64("x");
  private final PlannedFetches fetches = new PlannedFetches(world);

  @Test
  void anImageIsFetchedForThoseArchitecturesOfTheNodesThatItHas() {
    FetchPlan plan = fetches.plan();

    assertThat(plan.task().orElseThrow().arguments())
        .contains("--platform=linux/amd64", "--platform=linux/arm64", "--any-platform");
    assertThat(plan.nodes()).extracting(NodeState::node).containsExactly("a", "b", "x");
  }

  @Test
  void whatTheImageHasIsAskedForFromThenOnAndOnTheNodesThatRunIt() {
    fetches.resolving("x", 1, succeeded(DIGEST, ZERO));

    FetchPlan plan = fetches.plan();

    assertThat(plan.task().orElseThrow().platforms()).containsExactly("linux/amd64");
    assertThat(plan.nodes()).extracting(NodeState::node).containsExactly("a", "b");
    assertThat(plan.create()).extracting(FetchPlan.Start::node).containsExactly("a", "b");
  }

  @Test
  void whatIsAskedForIsNeverLeftOut() {
    world.spec("platforms: [linux/amd64, linux/arm64/v8]");

    FetchPlan plan = fetches.plan();

    assertThat(plan.task().orElseThrow().arguments())
        .contains("--platform=linux/amd64", "--platform=linux/arm64/v8")
        .doesNotContain("--any-platform");
    assertThat(plan.nodes()).extracting(NodeState::node).containsExactly("a", "b", "x");
  }

  @Test
  void nodesThatCannotRunItAreSparedIt() {
    world.spec("platforms: [linux/arm64]");

    FetchPlan plan = fetches.plan();

    assertThat(plan.nodes()).extracting(NodeState::node).containsExactly("x");
    assertThat(plan.create()).extracting(FetchPlan.Start::node).containsExactly("x");
  }

  @Test
  void whereNoneCanRunItItIsVerifiedByAnyOfThem() {
    world.spec("platforms: [linux/s390x]");

    assertThat(fetches.plan().nodes()).extracting(NodeState::node).containsExactly("a", "b", "x");
  }
}
