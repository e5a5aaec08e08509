package dev.ipfstee.operator.ipfsimage;

import static dev.ipfstee.operator.ipfsimage.PlannedFetches.failed;
import static dev.ipfstee.operator.ipfsimage.PlannedFetches.running;
import static java.time.Duration.ZERO;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.check.Finding;
import dev.ipfstee.operator.status.HealthDocuments;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Every state of an image that a health check tells apart. */
class IpfsImageHealthTest {
  private final Fixtures world = new Fixtures().empty("a", "b", "c");
  private final PlannedFetches fetches = new PlannedFetches(world);

  @Test
  void unseen() throws IOException {
    IpfsImage image = Serialization.clone(world.image());
    image.setStatus(
        Serialization.unmarshal("status: {observedGeneration: -1}", IpfsImage.class).getStatus());
    HealthDocuments.check(image, "unseen");
  }

  @Test
  void fetching() throws IOException {
    fetches.resolving("a", 1, running());
    reported("fetching");
  }

  @Test
  void retried() throws IOException {
    world.resolved().holding("a", "c");
    fetches.spreading("b", 1, failed(Reason.DISK_FULL, ZERO));
    reported("retried");
  }

  @Test
  void stalled() throws IOException {
    fetches.resolving("a", 1, failed(Reason.IMAGE_TOO_LARGE, ZERO));
    reported("stalled");
  }

  @Test
  void refused() throws IOException {
    world.spec("gateways: [{url: \"https://elsewhere.example\"}]");
    reported("refused");
  }

  @Test
  void suspended() throws IOException {
    world.resolved().holding("a").spec("suspend: true");
    reported("suspended");
  }

  @Test
  void ready() throws IOException {
    world.resolved().holding("a", "b", "c");
    reported("ready");
  }

  @Test
  void edited() throws IOException {
    world.resolved().holding("a", "b", "c");
    IpfsImage image = report();
    image.getMetadata().setGeneration(Fixtures.GENERATION + 1);
    HealthDocuments.check(image, "edited");
  }

  @Test
  void apiServerError() throws IOException {
    world.resolved().holding("a", "b", "c");
    IpfsImage image = report();
    image.setStatus(IpfsImageStatusReport.ofFailure(image, "connection refused", world.clock()));
    HealthDocuments.check(image, "api-server-error");
  }

  private void reported(String name) throws IOException {
    HealthDocuments.check(report(), name);
  }

  private IpfsImage report() {
    IpfsImageInputs inputs = world.inputs();
    Optional<Finding> verdict = IpfsImageChecks.ALL.verdict(inputs);
    FetchPlan plan =
        verdict
            .map(finding -> FetchPlanner.halted(inputs, fetches.attempts(), finding))
            .orElseGet(fetches::plan);
    IpfsImage image = Serialization.clone(world.image());
    image.setStatus(IpfsImageStatusReport.of(inputs, plan, world.clock()));
    return image;
  }
}
