package dev.ipfstee.operator.ipfsimage;

import static dev.ipfstee.operator.ipfsimage.Fixtures.CID;
import static dev.ipfstee.operator.ipfsimage.Fixtures.DIGEST;
import static dev.ipfstee.operator.ipfsimage.Fixtures.OTHER_DIGEST;
import static dev.ipfstee.operator.ipfsimage.Fixtures.REFERENCE;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.at;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.failed;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.running;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.succeeded;
import static java.time.Duration.ZERO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.ImagePlatform;
import dev.ipfstee.api.v1alpha1.ImageProgress;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.IpfsImageStatus;
import dev.ipfstee.api.v1alpha1.NodeSummary;
import dev.ipfstee.api.v1alpha1.NodeSummary.NodeFailure;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.check.Finding;
import dev.ipfstee.operator.status.Conditions;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpfsImageStatusReportTest {
  private static final String VERIFIED =
      "every block was checked against its CID and every blob against its digest";

  private final Fixtures world = new Fixtures().empty("a", "b", "c");
  private PlannedFetches fetches = new PlannedFetches(world);

  @Test
  void aNewImageIsOnItsWay() {
    IpfsImageStatus status = report(Kstatus.IN_PROGRESS);

    String message = "FetchPending 0 of 3 nodes hold the image, 1 fetch it";
    assertThat(conditions(status))
        .containsExactly(
            "Resolved Unknown " + message,
            "Verified Unknown " + message,
            "Distributed Unknown " + message,
            "Ready False " + message,
            "Reconciling True " + message);
    assertThat(status.digest()).isNull();
    assertThat(status.reference()).isNull();
    assertThat(status.platforms())
        .containsExactly(new ImagePlatform("linux/amd64", null, null, null));
    assertThat(status.nodes()).isEqualTo(new NodeSummary(3, 0, 1, 0, List.of()));
  }

  @Test
  void aFetchThatRunsIsToldApartFromOneThatWaits() {
    fetches.resolving("a", 1, running());

    assertThat(ready(report(Kstatus.IN_PROGRESS)))
        .isEqualTo("False FetchRunning 0 of 3 nodes hold the image, 1 fetch it");
  }

  @Test
  void theFurthestFetchShowsTheProgress() {
    world.resolved().holding("a").progress("b", 7, 100L).progress("c", 9, null);
    fetches.spreading("b", 1, running()).spreading("c", 1, running());

    assertThat(report(Kstatus.IN_PROGRESS).progress()).isEqualTo(new ImageProgress(9L, null));

    world.holding("b", "c");
    fetches = new PlannedFetches(world);
    assertThat(report(Kstatus.CURRENT).progress()).isNull();
  }

  @Test
  void whatAFetchWaitsForIsTold() {
    fetches.resolving(
        "a", 1, new FetchObservation.Pending("the scheduler says: no room", at(ZERO)));

    assertThat(ready(report(Kstatus.IN_PROGRESS)))
        .isEqualTo(
            "False FetchPending 0 of 3 nodes hold the image, 1 fetch it; on node a the scheduler"
                + " says: no room");
  }

  @Test
  void anImageIsVerifiedBeforeAllNodesHoldIt() {
    fetches.resolving("a", 1, succeeded(DIGEST, ZERO)).spreading("b", 1, running());
    world.holding("a");

    IpfsImageStatus status = report(Kstatus.IN_PROGRESS);

    String message = "FetchRunning 1 of 3 nodes hold the image, 2 fetch it";
    assertThat(conditions(status))
        .containsExactly(
            "Resolved True Resolved %s is an image of layout OciLayout: %s".formatted(CID, DIGEST),
            "Verified True Verified " + VERIFIED,
            "Distributed Unknown " + message,
            "Ready False " + message,
            "Reconciling True " + message);
    assertThat(status.cid()).isEqualTo(CID);
    assertThat(status.layout()).isEqualTo("OciLayout");
    assertThat(status.digest()).isEqualTo(DIGEST);
    assertThat(status.mediaType()).isEqualTo("application/vnd.oci.image.index.v1+json");
    assertThat(status.reference()).isEqualTo(REFERENCE);
    assertThat(status.platforms()).isEqualTo(Fixtures.IMAGE.platforms());
    assertThat(status.nodes()).isEqualTo(new NodeSummary(3, 1, 2, 0, List.of()));
  }

  @Test
  void everyNodeHoldsIt() {
    world.resolved().holding("a", "b", "c");

    IpfsImageStatus status = report(Kstatus.CURRENT);

    assertThat(conditions(status))
        .containsExactly(
            "Resolved True Resolved %s is an image of layout OciLayout: %s".formatted(CID, DIGEST),
            "Verified True Verified " + VERIFIED,
            "Distributed True Distributed all 3 nodes with the registry hold the image",
            "Ready True Succeeded the image is verified and on all 3 nodes with the registry");
    assertThat(status.nodes()).isEqualTo(new NodeSummary(3, 3, 0, 0, List.of()));
  }

  @Test
  void oneNodesFailureIsTriedAgainAndTheImageStaysVerified() {
    world.resolved().holding("a", "c");
    fetches.spreading("b", 1, failed(Reason.DISK_FULL, ZERO));

    IpfsImageStatus status = report(Kstatus.IN_PROGRESS);

    assertThat(conditions(status))
        .contains(
            "Verified True Verified " + VERIFIED,
            "Distributed False DiskFull on node b: it failed; it is tried again",
            "Ready False DiskFull on node b: it failed; it is tried again");
    assertThat(status.nodes())
        .isEqualTo(new NodeSummary(3, 2, 0, 1, List.of(new NodeFailure("b", "DiskFull"))));
  }

  @Test
  void whatStallsSpeaksBeforeWhatIsTriedAgain() {
    world.resolved();
    fetches
        .spreading("a", 1, failed(Reason.DISK_FULL, ZERO))
        .spreading("b", 1, failed(Reason.TOO_MANY_LAYERS, ZERO))
        .spreading("c", 1, failed(Reason.BLOCK_MISMATCH, ZERO));

    IpfsImageStatus status = report(Kstatus.FAILED);

    assertThat(ready(status)).isEqualTo("False TooManyLayers on node b and 1 more: it failed");
    assertThat(status.nodes().failures())
        .containsExactly(
            new NodeFailure("a", "DiskFull"),
            new NodeFailure("b", "TooManyLayers"),
            new NodeFailure("c", "BlockMismatch"));
  }

  @Test
  void aNodeThatDoesNotAnswerIsToldThoughAllOthersHoldIt() {
    world.resolved().holding("a", "c").silent("b");

    assertThat(ready(report(Kstatus.IN_PROGRESS)))
        .isEqualTo(
            "False RegistryUnreachable on node b: the registry doesn't answer the operator:"
                + " connection refused; it is tried again");
  }

  @Test
  void contentThatOnlyItsAuthorCanMendStalls() {
    fetches.resolving("a", 1, failed(Reason.IMAGE_TOO_LARGE, ZERO));

    IpfsImageStatus status = report(Kstatus.FAILED);

    String message = "ImageTooLarge on node a: it failed";
    assertThat(conditions(status))
        .containsExactly(
            "Resolved False " + message,
            "Verified False " + message,
            "Distributed False " + message,
            "Ready False " + message,
            "Stalled True " + message);
  }

  @Test
  void lyingGatewaysStallToo() {
    fetches.resolving("a", 1, failed(Reason.BLOCK_MISMATCH, ZERO));

    assertThat(ready(report(Kstatus.FAILED))).startsWith("False BlockMismatch");
  }

  @Test
  void aVerdictIsToldInTheSameWordsWhenItsJobsAreGone() {
    fetches.resolving("a", 1, failed(Reason.IMAGE_TOO_LARGE, ZERO));
    world.status(report(Kstatus.FAILED));
    fetches = new PlannedFetches(world);
    world.after(Duration.ofDays(1));

    assertThat(ready(report(Kstatus.FAILED))).isEqualTo("False ImageTooLarge on node a: it failed");
  }

  @Test
  void nodesThatDisagreeTakeTheVerificationBack() {
    world.resolved().holding("a", "b", "c");
    world.status(report(Kstatus.CURRENT));
    fetches.spreading("b", 1, succeeded(OTHER_DIGEST, ZERO));

    IpfsImageStatus status = report(Kstatus.FAILED);

    assertThat(condition(status, ConditionTypes.VERIFIED)).startsWith("False DigestDisagreement");
    assertThat(condition(status, ConditionTypes.RESOLVED)).startsWith("True Resolved");
    assertThat(ready(status)).startsWith("False DigestDisagreement").contains(DIGEST, OTHER_DIGEST);
    assertThat(status.digest()).isEqualTo(DIGEST);
  }

  @Test
  void aVerificationThatWasTakenBackStaysSoWhileNoNodeIsThere() {
    world.resolved();
    fetches.spreading("b", 1, failed(Reason.UNEXPECTED_DIGEST, ZERO));
    IpfsImageStatus told = report(Kstatus.FAILED);
    world.status(told).gone("a").gone("b").gone("c");

    IpfsImageStatus status = report(Kstatus.FAILED);

    assertThat(condition(status, ConditionTypes.VERIFIED))
        .isEqualTo(condition(told, ConditionTypes.VERIFIED))
        .startsWith("False DigestDisagreement");
  }

  @Test
  void aUsersErrorStalls() {
    world.spec("gateways: [{url: \"https://elsewhere.example\"}]");

    IpfsImageStatus status = report(Kstatus.FAILED);

    assertThat(ready(status)).startsWith("False GatewayNotAllowed gateways 'https://elsewhere");
    assertThat(condition(status, ConditionTypes.RESOLVED)).startsWith("False GatewayNotAllowed");
    assertThat(status.platforms()).isEmpty();
    assertThat(status.nodes()).isEqualTo(new NodeSummary(3, 0, 0, 0, List.of()));
  }

  @Test
  void aUsersErrorTakesNothingBackThatIsKnown() {
    world.resolved().holding("a");
    world.status(report(Kstatus.IN_PROGRESS));
    world.spec("gateways: [{url: \"https://elsewhere.example\"}]").edited();

    IpfsImageStatus status = report(Kstatus.FAILED);

    assertThat(condition(status, ConditionTypes.VERIFIED)).isEqualTo("True Verified " + VERIFIED);
    assertThat(status.reference()).isEqualTo(REFERENCE);
    assertThat(status.platforms()).isEqualTo(Fixtures.IMAGE.platforms());
    assertThat(status.nodes()).isEqualTo(new NodeSummary(3, 1, 0, 0, List.of()));
  }

  @Test
  void theRequestThatWasActedUponIsTold() {
    assertThat(report(Kstatus.IN_PROGRESS).lastHandledReconcileAt()).isNull();

    world.requested("now");
    IpfsImageStatus status = report(Kstatus.IN_PROGRESS);
    assertThat(status.lastHandledReconcileAt()).isEqualTo("now");

    world.status(status).requested(null);
    assertThat(report(Kstatus.IN_PROGRESS)).isEqualTo(status);
  }

  @Test
  void anImageOnHoldIsNeitherReconcilingNorStalled() {
    world.resolved().holding("a").spec("suspend: true");
    fetches.spreading("b", 1, running()).spreading("c", 1, failed(Reason.IMAGE_TOO_LARGE, ZERO));

    IpfsImageStatus status = report(Kstatus.IN_PROGRESS);

    String message =
        "Suspended 1 of 3 nodes hold the image, 1 fetch it; no other fetch is started until"
            + " spec.suspend is false";
    assertThat(conditions(status))
        .containsExactly(
            "Resolved True Resolved %s is an image of layout OciLayout: %s".formatted(CID, DIGEST),
            "Verified True Verified " + VERIFIED,
            "Distributed False " + message,
            "Ready False " + message);
    assertThat(status.nodes().failures()).containsExactly(new NodeFailure("c", "ImageTooLarge"));
  }

  @Test
  void aWholeImageOnHoldIsReady() {
    world.resolved().holding("a", "b", "c").spec("suspend: true");

    assertThat(ready(report(Kstatus.CURRENT)))
        .isEqualTo(
            "True Succeeded the image is verified and on all 3 nodes with the registry; suspended");
  }

  @Test
  void whatStandsInTheWayOfFetchesIsNoMatterOnHold() {
    world.spec("suspend: true\ngateways: [{url: \"https://elsewhere.example\"}]");

    assertThat(ready(report(Kstatus.IN_PROGRESS))).startsWith("False Suspended 0 of 3 nodes");
  }

  @Test
  void aDisagreementIsToldOnHoldToo() {
    world.resolved().spec("suspend: true");
    fetches.spreading("b", 1, failed(Reason.UNEXPECTED_DIGEST, ZERO));

    assertThat(ready(report(Kstatus.FAILED))).startsWith("False DigestDisagreement");
  }

  @Test
  void aMissingNodeIsWaitedFor() {
    world.gone("a").gone("b").gone("c");

    IpfsImageStatus status = report(Kstatus.IN_PROGRESS);

    assertThat(ready(status)).startsWith("False NoSeedNode no node carries a ready registry");
    assertThat(condition(status, ConditionTypes.RESOLVED)).startsWith("Unknown NoSeedNode");
    assertThat(condition(status, ConditionTypes.DISTRIBUTED)).startsWith("Unknown NoSeedNode");
  }

  @Test
  void atMostTenFailuresAreListedAndAllAreCounted() {
    world.resolved();
    List<String> names = IntStream.range(10, 22).mapToObj(i -> "node-" + i).toList();
    names.forEach(
        name -> {
          world.empty(name);
          fetches.spreading(name, 1, failed(Reason.DISK_FULL, ZERO));
        });

    IpfsImageStatus status = report(Kstatus.IN_PROGRESS);

    assertThat(status.nodes().failed()).isEqualTo(12);
    assertThat(status.nodes().failures())
        .extracting(NodeFailure::node)
        .containsExactlyElementsOf(names.subList(0, 10));
    assertThat(ready(status)).startsWith("False DiskFull on node node-10 and 11 more: it failed");
  }

  @Test
  void howItWasVerifiedStaysAsItWasFirstTold() {
    FetchResult report =
        new FetchResult(
            Reason.SUCCEEDED,
            "fetched",
            CID,
            "OciLayout",
            DIGEST,
            "application/vnd.oci.image.index.v1+json",
            Fixtures.IMAGE.platforms(),
            List.of(new FetchResult.Source("liar.example", 100, 1, 0)));
    fetches.resolving("a", 1, new FetchObservation.Succeeded(report, at(ZERO)));
    String told =
        "True Verified " + VERIFIED + "; gateway liar.example sent 1 wrong block and was dropped";

    IpfsImageStatus first = report(Kstatus.IN_PROGRESS);
    assertThat(condition(first, ConditionTypes.VERIFIED)).isEqualTo(told);

    world.status(first).holding("a", "b", "c");
    assertThat(condition(report(Kstatus.CURRENT), ConditionTypes.VERIFIED)).isEqualTo(told);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "resolving",
        "failing",
        "stalled",
        "spreading",
        "ready",
        "disagreeing",
        "refused",
        "suspended"
      })
  void restsWhenNothingChanges(String state) {
    Kstatus expected =
        switch (state) {
          case "failing" -> {
            fetches.resolving("a", 1, failed(Reason.GATEWAY_TIMEOUT, Duration.ofHours(2)));
            yield Kstatus.IN_PROGRESS;
          }
          case "stalled" -> {
            fetches.resolving("a", 1, failed(Reason.IMAGE_TOO_LARGE, ZERO));
            yield Kstatus.FAILED;
          }
          case "spreading" -> {
            world.resolved().holding("a");
            fetches.spreading("b", 1, running());
            yield Kstatus.IN_PROGRESS;
          }
          case "ready" -> {
            world.resolved().holding("a", "b", "c");
            yield Kstatus.CURRENT;
          }
          case "disagreeing" -> {
            world.resolved();
            fetches.spreading("b", 1, failed(Reason.UNEXPECTED_DIGEST, ZERO));
            yield Kstatus.FAILED;
          }
          case "refused" -> {
            world.spec("gateways: [{url: \"https://elsewhere.example\"}]");
            yield Kstatus.FAILED;
          }
          case "suspended" -> {
            world.spec("suspend: true");
            yield Kstatus.IN_PROGRESS;
          }
          default -> {
            fetches.resolving("a", 1, running());
            yield Kstatus.IN_PROGRESS;
          }
        };
    IpfsImageStatus first = report(expected);

    world.status(first).after(Duration.ofHours(1));

    assertThat(report(expected)).isEqualTo(first);
  }

  @Test
  void onlyWhatChangesHasANewTime() {
    world.resolved().holding("a");
    IpfsImageStatus first = report(Kstatus.IN_PROGRESS);
    world.status(first).after(Duration.ofHours(1)).holding("b", "c").edited();

    IpfsImageStatus later = report(Kstatus.CURRENT);

    assertThat(later.conditions())
        .extracting(Condition::getType, Condition::getLastTransitionTime)
        .containsExactly(
            tuple(ConditionTypes.RESOLVED, time(ZERO)),
            tuple(ConditionTypes.VERIFIED, time(ZERO)),
            tuple(ConditionTypes.DISTRIBUTED, time(Duration.ofHours(1))),
            tuple(ConditionTypes.READY, time(Duration.ofHours(1))));
  }

  @Test
  void aFailureOfTheServerKeepsWhatWasKnown() {
    world.resolved().holding("a", "b", "c");
    IpfsImageStatus before = report(Kstatus.CURRENT);
    world.status(before);

    IpfsImageStatus status =
        checked(
            IpfsImageStatusReport.ofFailure(world.image(), "connection refused", world.clock()),
            Kstatus.IN_PROGRESS);

    assertThat(conditions(status))
        .containsExactly(
            "Resolved True Resolved %s is an image of layout OciLayout: %s".formatted(CID, DIGEST),
            "Verified True Verified " + VERIFIED,
            "Distributed True Distributed all 3 nodes with the registry hold the image",
            "Ready False ApiServerError connection refused",
            "Reconciling True ApiServerError connection refused");
    assertThat(status.reference()).isEqualTo(before.reference());
    assertThat(status.nodes()).isEqualTo(before.nodes());
    assertThat(status.platforms()).isEqualTo(before.platforms());
  }

  @Test
  void aFailureOfTheServerIsAllThatIsKnownOfANewImage() {
    IpfsImageStatus status =
        checked(
            IpfsImageStatusReport.ofFailure(world.image(), "connection refused", world.clock()),
            Kstatus.IN_PROGRESS);

    assertThat(conditions(status))
        .containsExactly(
            "Ready False ApiServerError connection refused",
            "Reconciling True ApiServerError connection refused");
  }

  /** As a pass of the reconciler makes it. */
  private IpfsImageStatus report(Kstatus expected) {
    IpfsImageInputs inputs = world.inputs();
    Optional<Finding> verdict = IpfsImageChecks.ALL.verdict(inputs);
    FetchPlan plan =
        verdict
            .map(finding -> FetchPlanner.halted(inputs, fetches.attempts(), finding))
            .orElseGet(fetches::plan);
    return checked(IpfsImageStatusReport.of(inputs, plan, world.clock()), expected);
  }

  /** What holds for every status. */
  private IpfsImageStatus checked(IpfsImageStatus status, Kstatus expected) {
    Long generation = world.image().getMetadata().getGeneration();
    IpfsImage reported = new IpfsImage();
    reported.setMetadata(world.image().getMetadata());
    reported.setStatus(status);
    assertThat(Kstatus.of(reported)).as(status.toString()).isEqualTo(expected);
    assertThat(status.observedGeneration()).isEqualTo(generation);
    assertThat(status.conditions())
        .extracting(Condition::getObservedGeneration)
        .isNotEmpty()
        .containsOnly(generation);
    return status;
  }

  private static String time(Duration after) {
    return Fixtures.NOW.plus(after).toString();
  }

  private static List<String> conditions(IpfsImageStatus status) {
    return status.conditions().stream()
        .map(condition -> condition.getType() + " " + words(condition))
        .toList();
  }

  private static String ready(IpfsImageStatus status) {
    return condition(status, ConditionTypes.READY);
  }

  private static String condition(IpfsImageStatus status, String type) {
    return words(Conditions.find(status.conditions(), type).orElseThrow());
  }

  private static String words(Condition found) {
    return found.getStatus() + " " + found.getReason() + " " + found.getMessage();
  }
}
