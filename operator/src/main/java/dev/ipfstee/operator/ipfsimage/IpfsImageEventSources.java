package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ApiAnnotations;
import dev.ipfstee.api.v1alpha1.ImageSource;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.operator.config.OperatorConfig;
import dev.ipfstee.operator.event.EventPublisher;
import dev.ipfstee.operator.kubernetes.ManagedLabels;
import dev.ipfstee.operator.kubernetes.Nodes;
import dev.ipfstee.operator.leadership.Leadership;
import dev.ipfstee.operator.metrics.ImageMetrics;
import dev.ipfstee.operator.reference.ImageName;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What an image is woken by, and the caches that its inputs come from. */
final class IpfsImageEventSources {
  /** Index of images by the digest in their status. */
  static final String DIGEST = "digest";

  /** Index of images by what they want, as the inventories write it. */
  static final String CONTENT = "content";

  final InformerEventSource<Job, IpfsImage> jobs;
  final InformerEventSource<Pod, IpfsImage> fetchPods;
  final InformerEventSource<Pod, IpfsImage> registryPods;
  final InformerEventSource<Node, IpfsImage> nodes;

  private final EventSourceContext<IpfsImage> context;
  private final OperatorConfig config;

  IpfsImageEventSources(EventSourceContext<IpfsImage> context, OperatorConfig config) {
    this.context = context;
    this.config = config;
    String namespace = config.namespaces().nodes();
    context
        .getPrimaryCache()
        .addIndexers(
            Map.of(
                DIGEST,
                IpfsImageEventSources::digest,
                CONTENT,
                image -> content(image).stream().toList()));
    jobs =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(Job.class, IpfsImage.class)
                .withName("fetch-jobs")
                .withNamespaces(namespace)
                .withLabelSelector(ManagedLabels.selector(ManagedLabels.COMPONENT_FETCH))
                .withSecondaryToPrimaryMapper(IpfsImageEventSources::imageByAnnotation)
                .build(),
            context);
    fetchPods =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(Pod.class, IpfsImage.class)
                .withName("fetch-pods")
                .withNamespaces(namespace)
                .withLabelSelector(ManagedLabels.selector(ManagedLabels.COMPONENT_FETCH))
                .withSecondaryToPrimaryMapper(IpfsImageEventSources::imageByAnnotation)
                .build(),
            context);
    registryPods =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(Pod.class, IpfsImage.class)
                .withName("registry-pods")
                .withNamespaces(namespace)
                .withLabelSelector(ManagedLabels.selector(ManagedLabels.COMPONENT_REGISTRY))
                .withSecondaryToPrimaryMapper(pod -> allImages())
                .withOnUpdateFilter(
                    (now, before) ->
                        RegistryPods.ready(now) != RegistryPods.ready(before)
                            || !Objects.equals(RegistryPods.ip(now), RegistryPods.ip(before)))
                .build(),
            context);
    nodes =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(Node.class, IpfsImage.class)
                .withName("nodes")
                // They are in no namespace, whichever ones are watched.
                .withWatchAllNamespaces()
                .withSecondaryToPrimaryMapper(node -> allImages())
                // Heartbeats are no news.
                .withOnUpdateFilter(
                    (now, before) ->
                        Nodes.takesPods(now) != Nodes.takesPods(before)
                            || !Nodes.platform(now).equals(Nodes.platform(before)))
                .build(),
            context);
  }

  /** Which changes of an image are news: those of its spec, and a request for another try. */
  public static final class Updates implements OnUpdateFilter<IpfsImage> {
    @Override
    public boolean accept(IpfsImage now, IpfsImage before) {
      return !Objects.equals(
              now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
          || !Objects.equals(request(now), request(before));
    }

    private static String request(IpfsImage image) {
      Map<String, String> annotations = image.getMetadata().getAnnotations();
      return annotations == null ? null : annotations.get(ApiAnnotations.RECONCILE_REQUESTED_AT);
    }
  }

  /** The images that a change of inventories concerns. */
  private Set<ResourceID> concerned(HttpNodeInventory.Changes changes) {
    return changes.nodes()
        ? allImages()
        : Stream.concat(
                changes.digests().stream().flatMap(digest -> indexed(DIGEST, digest)),
                changes.sources().stream().flatMap(source -> indexed(CONTENT, source)))
            .collect(Collectors.toUnmodifiableSet());
  }

  private Stream<ResourceID> indexed(String index, String key) {
    return context.getPrimaryCache().byIndex(index, key).stream().map(ResourceID::fromResource);
  }

  /** All of them, with those that make time pass. */
  List<EventSource<?, IpfsImage>> all(
      HttpNodeInventory inventory,
      Leadership leadership,
      EventPublisher events,
      ImageMetrics metrics,
      Clock clock) {
    FetchJobSweeper sweeper =
        new FetchJobSweeper(context.getClient(), context.getPrimaryCache(), jobs, config, clock);
    FinishedFetches finished = new FinishedFetches(metrics.fetches(), config.gatewayUrls());
    DesiredSetWriter desired = desired(inventory, events, metrics, clock);
    Duration interval = config.registry().pollInterval();
    BooleanSupplier leads = leadership::leads;
    return List.of(
        jobs,
        fetchPods,
        registryPods,
        nodes,
        new TickingEventSource("inventory-poll", interval, leads, () -> poll(inventory)),
        new TickingEventSource("fetch-job-sweep", interval, leads, sweeper::sweep),
        new TickingEventSource(
            "fetch-count", interval, leads, () -> count(finished, leadership.since(), clock)),
        new TickingEventSource("desired-set", interval, leads, () -> write(desired)));
  }

  private DesiredSetWriter desired(
      NodeInventory inventory, EventPublisher events, ImageMetrics metrics, Clock clock) {
    return new DesiredSetWriter(
        new DesiredSetGatherer(context.getPrimaryCache(), registryPods, inventory)::gather,
        context.getClient(),
        config.namespaces().nodes(),
        events,
        metrics.desired(),
        clock);
  }

  /** Wakes nobody. */
  private static Set<ResourceID> write(DesiredSetWriter desired) {
    desired.write();
    return Set.of();
  }

  /** Wakes nobody. */
  private Set<ResourceID> count(FinishedFetches finished, Instant since, Clock clock) {
    finished.count(jobs.list().toList(), fetchPods.list().toList(), since, clock.instant());
    return Set.of();
  }

  private Set<ResourceID> poll(HttpNodeInventory inventory) throws InterruptedException {
    return concerned(inventory.poll(RegistryPods.targets(registryPods.list(), config.registry())));
  }

  private Set<ResourceID> allImages() {
    return context
        .getPrimaryCache()
        .list()
        .map(ResourceID::fromResource)
        .collect(Collectors.toUnmodifiableSet());
  }

  private static List<String> digest(IpfsImage image) {
    return image.getStatus() == null || image.getStatus().digest() == null
        ? List.of()
        : List.of(image.getStatus().digest());
  }

  /**
   * What an image wants as the fetcher writes it, {@code ipfs://CID[/path][#refName]}; empty when
   * its source is none that is known.
   */
  static Optional<String> content(IpfsImage image) {
    ImageSource source = image.getSpec().source();
    String name = source.refName() == null ? "" : "#" + source.refName();
    return ImageName.parse(source.uri()) instanceof ImageName.Content content
        ? Optional.of(content.canonical() + name)
        : Optional.empty();
  }

  /** {@code namespace/name}, as {@link FetchJob} writes it; empty for anything else. */
  static Set<ResourceID> imageByAnnotation(HasMetadata child) {
    Map<String, String> annotations = child.getMetadata().getAnnotations();
    String image = annotations == null ? null : annotations.get(ApiAnnotations.IMAGE);
    String[] parts = image == null ? new String[0] : image.split("/", -1);
    return parts.length == 2 ? Set.of(new ResourceID(parts[1], parts[0])) : Set.of();
  }
}
