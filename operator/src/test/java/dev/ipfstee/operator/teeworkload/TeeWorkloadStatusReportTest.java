package dev.ipfstee.operator.teeworkload;

import static dev.ipfstee.operator.teeworkload.Fixtures.CID;
import static dev.ipfstee.operator.teeworkload.Fixtures.CLOCK;
import static dev.ipfstee.operator.teeworkload.Fixtures.DIGEST;
import static dev.ipfstee.operator.teeworkload.Fixtures.REFERENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.api.v1alpha1.TeeWorkloadSpec;
import dev.ipfstee.api.v1alpha1.TeeWorkloadStatus;
import dev.ipfstee.api.v1alpha1.TeeWorkloadStatus.PinnedImage;
import dev.ipfstee.operator.check.Finding;
import dev.ipfstee.operator.status.Conditions;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TeeWorkloadStatusReportTest {
  private static final String COMPLETE =
      """
      observedGeneration: 2
      replicas: 2
      readyReplicas: 2
      updatedReplicas: 2
      availableReplicas: 2
      conditions: [{type: Available, status: "True"}, {type: Progressing, status: "True"}]
      """;

  private final Fixtures world = new Fixtures();
  private Optional<Finding> refusal = Optional.empty();
  private boolean pending;

  @Test
  void everythingIsThere() {
    world.deployment(world.ownDeployment(COMPLETE));

    TeeWorkloadStatus status = report(Kstatus.CURRENT);

    assertThat(ready(status)).isEqualTo("True MinimumReplicasAvailable 2 of 2 pods run");
    assertThat(status.conditions())
        .extracting(Condition::getType)
        .containsExactly(
            ConditionTypes.IMAGES_READY,
            ConditionTypes.RUNTIME_READY,
            ConditionTypes.NODES_AVAILABLE,
            ConditionTypes.CONFIDENTIAL,
            ConditionTypes.AVAILABLE,
            ConditionTypes.READY);
    assertThat(status.conditions())
        .allSatisfy(
            condition -> {
              assertThat(condition.getStatus()).as(condition.getType()).isEqualTo("True");
              assertThat(condition.getObservedGeneration()).isEqualTo(3);
            });
    assertThat(status.images()).containsExactly(new PinnedImage("app", CID, DIGEST, REFERENCE));
    assertThat(status.selector()).isEqualTo("ipfstee.dev/workload=agent");
    assertThat(status.replicas()).isEqualTo(2);
    assertThat(status.runtime())
        .isEqualTo(new TeeWorkloadStatus.WorkloadRuntime("snp", "PodVM", "kata-qemu-snp", 1));
  }

  @Test
  void restsWhenNothingChanges() {
    world.deployment(world.ownDeployment(COMPLETE));
    TeeWorkloadStatus first = report(Kstatus.CURRENT);
    world.workload().setStatus(first);

    TeeWorkloadStatus later = status(Clock.offset(CLOCK, Duration.ofHours(1)));

    assertThat(later).isEqualTo(first);
  }

  @Test
  void aPausedWorkloadIsOnHoldWhenAnotherDeploymentIsDue() {
    world.workload().setSpec(paused());
    world.deployment(world.ownDeployment(COMPLETE));

    TeeWorkloadStatus same = report(Kstatus.CURRENT);
    assertThat(ready(same)).startsWith("True MinimumReplicasAvailable");
    assertThat(condition(same, ConditionTypes.PAUSED))
        .isEqualTo(
            "True Paused what runs is frozen, but for the number of pods; the next Deployment is in"
                + " the ConfigMap 'agent-next'");

    pending = true;
    TeeWorkloadStatus other = report(Kstatus.IN_PROGRESS);
    assertThat(ready(other))
        .isEqualTo(
            "False Paused the next Deployment is held back until spec.paused is false: see the"
                + " ConfigMap 'agent-next'");
    assertThat(Conditions.find(other.conditions(), ConditionTypes.RECONCILING)).isEmpty();
    assertThat(condition(other, ConditionTypes.AVAILABLE)).startsWith("True");
  }

  @Test
  void aPausedWorkloadWhoseImageIsntVerifiedSaysSo() {
    world.workload().setSpec(paused());
    world.noImages();

    TeeWorkloadStatus status = report(Kstatus.IN_PROGRESS);

    assertThat(ready(status)).startsWith("False FetchPending");
    assertThat(condition(status, ConditionTypes.PAUSED)).contains("not yet in the ConfigMap");
  }

  private TeeWorkloadSpec paused() {
    TeeWorkloadSpec spec = world.workload().getSpec();
    return new TeeWorkloadSpec(
        spec.replicas(),
        spec.images(),
        spec.tee(),
        spec.strategy(),
        spec.revisionHistoryLimit(),
        true,
        spec.template());
  }

  @Test
  void aNewWorkloadWaitsForItsImage() {
    world.noImages();

    TeeWorkloadStatus status = report(Kstatus.IN_PROGRESS);

    assertThat(ready(status)).startsWith("False FetchPending IpfsImage 'ipfs-");
    assertThat(condition(status, ConditionTypes.IMAGES_READY)).startsWith("False FetchPending");
    assertThat(condition(status, ConditionTypes.AVAILABLE)).startsWith("False NotDeployed");
    assertThat(status.replicas()).isZero();
  }

  @Test
  void theImagesOwnReasonComesUpAndStallsIfItStalls() {
    world.noImages().image(imageName(), Reason.BLOCK_MISMATCH, "gateway liar.example sent junk");

    TeeWorkloadStatus status = report(Kstatus.FAILED);

    assertThat(ready(status))
        .isEqualTo(
            "False BlockMismatch IpfsImage '%s' of container 'app': gateway liar.example sent junk"
                .formatted(imageName()));
  }

  @Test
  void aBadUpdateLeavesTheOldPodsAvailable() {
    world.deployment(world.ownDeployment(COMPLETE));
    world.noImages().image(imageName(), Reason.CONTENT_NOT_FOUND, "every gateway says absent");

    TeeWorkloadStatus status = report(Kstatus.IN_PROGRESS);

    assertThat(ready(status)).startsWith("False ContentNotFound");
    assertThat(condition(status, ConditionTypes.IMAGES_READY)).startsWith("False ContentNotFound");
    assertThat(condition(status, ConditionTypes.AVAILABLE)).startsWith("True");
    assertThat(status.readyReplicas()).isEqualTo(2);
    assertThat(status.images()).containsExactly(new PinnedImage("app", CID, DIGEST, REFERENCE));
  }

  @Test
  void theWorstImageSpeaks() {
    world
        .spec(
            """
            images: [{container: a, ipfsImage: one}, {container: b, ipfsImage: two}]
            tee: {profile: snp}
            template: {spec: {containers: [{name: a}, {name: b}, {name: c, image: "ipfs://%s"}]}}
            """
                .formatted(CID))
        .image("one", Reason.FETCH_RUNNING, "1 of 2 MiB")
        .image("two", Reason.LAYOUT_UNRECOGNIZED, "found a text file");

    assertThat(ready(report(Kstatus.FAILED))).startsWith("False LayoutUnrecognized");
  }

  @Test
  void anIpfsImageThatIsNamedButMissingIsWaitedFor() {
    world.spec(
        """
        images: [{container: a, ipfsImage: one}]
        tee: {profile: snp}
        template: {spec: {containers: [{name: a}]}}
        """);

    assertThat(ready(report(Kstatus.IN_PROGRESS)))
        .isEqualTo(
            "False ImageNotFound container 'a' names the IpfsImage 'one', which doesn't exist in"
                + " this namespace");
  }

  @Test
  void aUserErrorStallsAndIsInItsCondition() {
    world.spec(
        """
        tee: {profile: sgx}
        template: {spec: {containers: [{name: app, image: "ipfs://%s"}]}}
        """
            .formatted(CID));

    TeeWorkloadStatus status = report(Kstatus.FAILED);

    assertThat(condition(status, ConditionTypes.RUNTIME_READY)).startsWith("False UnknownProfile");
    assertThat(condition(status, ConditionTypes.CONFIDENTIAL)).startsWith("Unknown UnknownProfile");
    assertThat(condition(status, ConditionTypes.STALLED)).startsWith("True UnknownProfile");
  }

  @Test
  void aMissingRuntimeClassIsWaitedFor() {
    world.runtimeClass((RuntimeClass) null);

    assertThat(ready(report(Kstatus.IN_PROGRESS))).startsWith("False RuntimeClassNotFound");
  }

  @Test
  void developmentIsNeverCalledConfidential() {
    world.spec(
        """
        replicas: 2
        tee: {profile: none, requireConfidential: false}
        template: {spec: {containers: [{name: app, image: "ipfs://%s"}]}}
        """
            .formatted(CID));
    world.deployment(world.ownDeployment(COMPLETE));

    TeeWorkloadStatus status = report(Kstatus.CURRENT);

    assertThat(condition(status, ConditionTypes.CONFIDENTIAL)).startsWith("False NoTee");
    assertThat(ready(status)).startsWith("True");
  }

  @Test
  void aMissingNodeIsToldWithWhatItMustCarry() {
    world.noNodes().deployment(world.ownDeployment("{observedGeneration: 2, replicas: 2}"));

    TeeWorkloadStatus status = report(Kstatus.IN_PROGRESS);

    assertThat(condition(status, ConditionTypes.NODES_AVAILABLE))
        .isEqualTo(
            "False NoMatchingNode no node fits profile 'snp', which wants"
                + " amd.feature.node.kubernetes.io/snp=true, and"
                + " katacontainers.io/kata-runtime=true by RuntimeClass 'kata-qemu-snp'");
    assertThat(ready(status)).startsWith("False NoMatchingNode");
  }

  @Test
  void theServersWordsAgainstTheTemplateComeUp() {
    refusal =
        Optional.of(Finding.needsUser(Reason.TEMPLATE_INVALID, "Deployment \"agent\" is invalid"));

    TeeWorkloadStatus status = report(Kstatus.FAILED);

    assertThat(ready(status)).isEqualTo("False TemplateInvalid Deployment \"agent\" is invalid");
    assertThat(condition(status, ConditionTypes.AVAILABLE)).startsWith("False TemplateInvalid");
  }

  @Test
  void theServersWordsAgainstPodsComeUp() {
    world.deployment(
        world.ownDeployment(
            """
            observedGeneration: 2
            conditions:
            - {type: ReplicaFailure, status: "True", message: "pods is forbidden: exceeded quota"}
            """));

    TeeWorkloadStatus status = report(Kstatus.IN_PROGRESS);

    assertThat(condition(status, ConditionTypes.AVAILABLE))
        .isEqualTo("False ReplicaFailure pods can't be created: pods is forbidden: exceeded quota");
    assertThat(ready(status)).startsWith("False ReplicaFailure");
  }

  @Test
  void aRolloutThatGotStuckSaysWhy() {
    world.deployment(
        world.ownDeployment(
            """
            observedGeneration: 2
            replicas: 2
            updatedReplicas: 2
            conditions:
            - {type: Progressing, status: "False", reason: ProgressDeadlineExceeded}
            """));
    world.pods(
        """
        metadata: {name: agent-1}
        status:
          containerStatuses:
          - name: app
            state: {waiting: {reason: CrashLoopBackOff, message: back-off 20s}}
            lastState: {terminated: {exitCode: 3, reason: Error}}
        """);

    assertThat(ready(report(Kstatus.IN_PROGRESS)))
        .isEqualTo(
            "False RolloutStuck 2 of 2 pods are updated, 0 available; pod 'agent-1', container"
                + " 'app': CrashLoopBackOff: it ended with exit code 3 (Error)");
  }

  @Test
  void aFailureOfTheServerKeepsWhatWasKnown() {
    world.deployment(world.ownDeployment(COMPLETE));
    world.workload().setStatus(report(Kstatus.CURRENT));

    TeeWorkloadStatus status =
        TeeWorkloadStatusReport.ofFailure(world.workload(), "connection refused", CLOCK);

    world.workload().setStatus(status);
    assertThat(Kstatus.of(world.workload())).isEqualTo(Kstatus.IN_PROGRESS);
    assertThat(ready(status)).isEqualTo("False ApiServerError connection refused");
    assertThat(condition(status, ConditionTypes.AVAILABLE)).startsWith("True");
    assertThat(status.images()).hasSize(1);
  }

  private TeeWorkloadStatus report(Kstatus expected) {
    TeeWorkloadStatus status = status(CLOCK);
    TeeWorkload reported = new TeeWorkload();
    reported.setMetadata(world.workload().getMetadata());
    reported.setStatus(status);
    assertThat(Kstatus.of(reported)).as(status.toString()).isEqualTo(expected);
    return status;
  }

  private TeeWorkloadStatus status(Clock clock) {
    TeeWorkloadInputs inputs = world.inputs();
    List<Finding> findings = TeeWorkloadChecks.ALL.findings(inputs);
    Optional<DeploymentWriter.Result> written =
        refusal.isPresent() || pending
            ? Optional.of(new DeploymentWriter.Result(Optional.empty(), refusal, pending))
            : Optional.empty();
    return TeeWorkloadStatusReport.of(
        inputs, findings, TeeWorkloadObserver.observe(inputs, written), clock);
  }

  private static String imageName() {
    return Fixtures.nameOf("ipfs://" + CID);
  }

  private static String ready(TeeWorkloadStatus status) {
    return condition(status, ConditionTypes.READY);
  }

  private static String condition(TeeWorkloadStatus status, String type) {
    Condition found = Conditions.find(status.conditions(), type).orElseThrow();
    return found.getStatus() + " " + found.getReason() + " " + found.getMessage();
  }
}
