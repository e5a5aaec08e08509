package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ApiLabels;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.operator.config.OperatorConfig;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.ResourceCache;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Removes the Jobs of images that are gone, and those that have succeeded a while ago. Garbage
 * collection can't: an owner must be in the same namespace, and a finalizer on users' objects would
 * keep them from going while the operator is away. So it is a sweep over the caches, at the start
 * and every few seconds; what it misses for lack of an operator goes by the Jobs' own time to live.
 */
final class FetchJobSweeper {
  private static final Logger LOG = Logger.getLogger(FetchJobSweeper.class);

  private final KubernetesClient client;
  private final ResourceCache<IpfsImage> images;
  private final ResourceCache<Job> jobs;
  private final OperatorConfig config;
  private final Clock clock;

  FetchJobSweeper(
      KubernetesClient client,
      ResourceCache<IpfsImage> images,
      ResourceCache<Job> jobs,
      OperatorConfig config,
      Clock clock) {
    this.client = client;
    this.images = images;
    this.jobs = jobs;
    this.config = config;
    this.clock = clock;
  }

  /** Wakes nobody: the going of a Job is an event of its own. */
  Set<ResourceID> sweep() {
    try (Stream<Job> cached = jobs.list()) {
      cached.filter(job -> served(job) || orphaned(job)).toList().forEach(this::delete);
    }
    return Set.of();
  }

  private boolean served(Job job) {
    if (job.getStatus() == null || job.getStatus().getCompletionTime() == null) {
      return false;
    }
    Instant kept =
        Instant.parse(job.getStatus().getCompletionTime())
            .plus(config.fetcher().attempts().jobTtl());
    return kept.isBefore(clock.instant());
  }

  private boolean orphaned(Job job) {
    Optional<ResourceID> image = IpfsImageEventSources.imageByAnnotation(job).stream().findFirst();
    String uid = job.getMetadata().getLabels().get(ApiLabels.IMAGE_UID);
    if (image.isEmpty() || uid == null) {
      // Not as we make them: whoever made it may keep it.
      return false;
    }
    if (!config.watches(image.get().getNamespace().orElseThrow())) {
      // Made when that namespace was still watched: nobody may look there now, and its own time to
      // live ends it.
      return false;
    }
    if (images
        .get(image.get())
        .filter(found -> uid.equals(found.getMetadata().getUid()))
        .isPresent()) {
      return false;
    }
    // The caches are fed by different watches: only the server can say that the image is gone.
    IpfsImage live =
        client
            .resources(IpfsImage.class)
            .inNamespace(image.get().getNamespace().orElseThrow())
            .withName(image.get().getName())
            .get();
    return live == null || !uid.equals(live.getMetadata().getUid());
  }

  private void delete(Job job) {
    LOG.debugf("removing the fetch Job %s", job.getMetadata().getName());
    client
        .batch()
        .v1()
        .jobs()
        .inNamespace(job.getMetadata().getNamespace())
        .withName(job.getMetadata().getName())
        .withPropagationPolicy(DeletionPropagation.BACKGROUND)
        .delete();
  }
}
