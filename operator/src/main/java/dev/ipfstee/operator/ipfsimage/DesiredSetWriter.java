package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ApiLabels;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.event.EventPublisher;
import dev.ipfstee.operator.kubernetes.ServerWords;
import dev.ipfstee.operator.metrics.DesiredSetMetrics;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Keeps the ConfigMap with the desired set as it should be, whoever changes or removes it. The
 * server is asked each time, and written to only when there is a difference. A failure is told and
 * tried again, later and later.
 */
final class DesiredSetWriter {
  /** Each write goes to every node: not before this after the last one. */
  static final Duration INTERVAL = Duration.ofSeconds(10);

  static final Duration MAX_BACKOFF = Duration.ofMinutes(5);

  private static final Logger LOG = Logger.getLogger(DesiredSetWriter.class);

  /** One that the next try makes good is no news. */
  private static final int FAILURES_UNTIL_TOLD = 2;

  private final Supplier<Optional<DesiredSetGatherer.Gathered>> source;
  private final KubernetesClient client;
  private final String namespace;
  private final EventPublisher events;
  private final DesiredSetMetrics metrics;
  private final Clock clock;

  private Instant next = Instant.EPOCH;
  private int failures;
  private Optional<Reason> told = Optional.empty();

  /**
   * @param source of what is to be written; empty for the time being leaves all as it is
   * @param namespace of the node programs
   */
  DesiredSetWriter(
      Supplier<Optional<DesiredSetGatherer.Gathered>> source,
      KubernetesClient client,
      String namespace,
      EventPublisher events,
      DesiredSetMetrics metrics,
      Clock clock) {
    this.source = source;
    this.client = client;
    this.namespace = namespace;
    this.events = events;
    this.metrics = metrics;
    this.clock = clock;
  }

  /** Looks and writes, unless it is too soon. Not to be called by two threads at a time. */
  void write() {
    if (!clock.instant().isBefore(next)) {
      source.get().ifPresent(this::write);
    }
  }

  private void write(DesiredSetGatherer.Gathered gathered) {
    DesiredSetFile file = DesiredSetFile.of(gathered.set());
    ConfigMap wanted = DesiredSetConfigMap.of(file, namespace, gathered.owner());
    try {
      ConfigMap existing = client.resource(wanted).get();
      if (!DesiredSetConfigMap.isIn(existing, wanted)) {
        existing = apply(wanted);
        LOG.debugf("told the nodes of %d images in %d bytes", file.images(), file.bytes());
        metrics.written(clock.instant());
      }
      succeeded(file, existing);
    } catch (KubernetesClientException e) {
      failed(wanted, e);
    }
  }

  private ConfigMap apply(ConfigMap wanted) {
    return client
        .resource(wanted)
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager(ApiLabels.MANAGED_BY_OPERATOR)
                .withForce(true)
                .build());
  }

  private void succeeded(DesiredSetFile file, ConfigMap map) {
    failures = 0;
    next = clock.instant().plus(INTERVAL);
    metrics.shown(file.bytes(), file.images(), file.omitted());
    if (file.omitted() == 0) {
      told = Optional.empty();
    } else if (isNews(Reason.DESIRED_SET_TOO_LARGE)) {
      String message =
          ("failed to name all images to the nodes: %d of %d fit into the ConfigMap, of %d bytes at"
                  + " most; nothing is swept from any store until all do: delete IpfsImages that"
                  + " nobody needs")
              .formatted(file.images(), file.images() + file.omitted(), DesiredSetFile.MAX_BYTES);
      LOG.warn(message);
      events.warn(map, Reason.DESIRED_SET_TOO_LARGE, message);
    }
  }

  private void failed(ConfigMap wanted, KubernetesClientException e) {
    failures++;
    Duration wait = backoff(failures);
    next = clock.instant().plus(wait);
    metrics.failed();
    String message =
        "failed to write the ConfigMap '%s/%s', from which the nodes know what is wanted: %s"
            .formatted(namespace, wanted.getMetadata().getName(), ServerWords.of(e));
    LOG.warnf("%s; it is tried again in %d s", message, wait.toSeconds());
    if (failures >= FAILURES_UNTIL_TOLD && isNews(Reason.DESIRED_SET_NOT_WRITTEN)) {
      events.warn(wanted, Reason.DESIRED_SET_NOT_WRITTEN, message + "; it is tried again");
    }
  }

  private boolean isNews(Reason reason) {
    boolean news = !told.equals(Optional.of(reason));
    told = Optional.of(reason);
    return news;
  }

  static Duration backoff(int failures) {
    Duration wait = INTERVAL.multipliedBy(1L << Math.min(failures - 1, 10));
    return wait.compareTo(MAX_BACKOFF) < 0 ? wait : MAX_BACKOFF;
  }
}
