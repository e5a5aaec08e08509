package dev.ipfstee.operator.teeworkload;

import static dev.ipfstee.operator.teeworkload.Fixtures.CID;
import static dev.ipfstee.operator.teeworkload.Fixtures.CLOCK;

import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.operator.status.HealthDocuments;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Every state of a workload that a health check tells apart. */
class TeeWorkloadHealthTest {
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

  @Test
  void unseen() throws IOException {
    TeeWorkload workload = Serialization.clone(world.workload());
    workload.setStatus(
        Serialization.unmarshal("status: {observedGeneration: -1}", TeeWorkload.class).getStatus());
    HealthDocuments.check(workload, "unseen");
  }

  @Test
  void fetching() throws IOException {
    world.noImages().image(Fixtures.nameOf("ipfs://" + CID), Reason.FETCH_RUNNING, "1 of 2 MiB");
    reported("fetching", false);
  }

  @Test
  void imageStalled() throws IOException {
    world
        .noImages()
        .image(Fixtures.nameOf("ipfs://" + CID), Reason.BLOCK_MISMATCH, "liar.example sent junk");
    reported("image-stalled", false);
  }

  @Test
  void refused() throws IOException {
    world.spec(
        """
        tee: {profile: none}
        template: {spec: {containers: [{name: app, image: "ipfs://%s"}]}}
        """
            .formatted(CID));
    reported("refused", false);
  }

  @Test
  void rollingOut() throws IOException {
    world.deployment(
        world.ownDeployment("{observedGeneration: 2, replicas: 2, updatedReplicas: 1}"));
    reported("rolling-out", false);
  }

  @Test
  void noNode() throws IOException {
    world.noNodes().deployment(world.ownDeployment("{observedGeneration: 2, replicas: 2}"));
    reported("no-node", false);
  }

  @Test
  void rolloutStuck() throws IOException {
    world.deployment(
        world.ownDeployment(
            """
            observedGeneration: 2
            replicas: 2
            updatedReplicas: 2
            conditions:
            - {type: Progressing, status: "False", reason: ProgressDeadlineExceeded}
            """));
    reported("rollout-stuck", false);
  }

  @Test
  void paused() throws IOException {
    world.spec(
        """
        replicas: 2
        paused: true
        tee: {profile: snp}
        template: {spec: {containers: [{name: app, image: "ipfs://%s"}]}}
        """
            .formatted(CID));
    world.deployment(world.ownDeployment(COMPLETE));
    reported("paused", true);
  }

  @Test
  void ready() throws IOException {
    world.deployment(world.ownDeployment(COMPLETE));
    reported("ready", false);
  }

  @Test
  void edited() throws IOException {
    world.deployment(world.ownDeployment(COMPLETE));
    TeeWorkload workload = report(false);
    workload.getMetadata().setGeneration(4L);
    HealthDocuments.check(workload, "edited");
  }

  private void reported(String name, boolean pending) throws IOException {
    HealthDocuments.check(report(pending), name);
  }

  /** Whether another Deployment is due is what the writer finds; see {@code paused}. */
  private TeeWorkload report(boolean pending) {
    TeeWorkloadInputs inputs = world.inputs();
    Optional<DeploymentWriter.Result> written =
        pending
            ? Optional.of(new DeploymentWriter.Result(Optional.empty(), Optional.empty(), true))
            : Optional.empty();
    TeeWorkload workload = Serialization.clone(world.workload());
    workload.setStatus(
        TeeWorkloadStatusReport.of(
            inputs,
            TeeWorkloadChecks.ALL.findings(inputs),
            TeeWorkloadObserver.observe(inputs, written),
            CLOCK));
    return workload;
  }
}
