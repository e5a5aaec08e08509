package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.api.v1alpha1.ApiLabels;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.SecondaryToPrimaryMapper;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** What a workload is woken by, and the caches that its inputs come from. */
final class TeeWorkloadEventSources {
  /** Index of IpfsImages by the uids of their owners. */
  static final String OWNER = "owner";

  private TeeWorkloadEventSources() {}

  static List<EventSource<?, TeeWorkload>> of(EventSourceContext<TeeWorkload> context) {
    context.getPrimaryCache().addIndexer(WorkloadsUsingImage.INDEX, WorkloadsUsingImage::keys);
    return List.of(
        images(context),
        ofWorkload(Deployment.class, context, false),
        // Their counts are in the Deployment's status; only which ones there are matters.
        ofWorkload(ReplicaSet.class, context, true),
        ofWorkload(Pod.class, context, false),
        runtimeClasses(context),
        nodes(context));
  }

  private static EventSource<IpfsImage, TeeWorkload> images(
      EventSourceContext<TeeWorkload> context) {
    SecondaryToPrimaryMapper<IpfsImage> users =
        image -> WorkloadsUsingImage.workloadsOf(image, context.getPrimaryCache());
    InformerEventSource<IpfsImage, TeeWorkload> images =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(IpfsImage.class, TeeWorkload.class)
                .withSecondaryToPrimaryMapper(users)
                .withPrimaryToSecondaryMapper(WorkloadsUsingImage::imagesOf)
                .build(),
            context);
    images.addIndexers(
        Map.of(
            OWNER,
            image ->
                image.getMetadata().getOwnerReferences().stream()
                    .map(OwnerReference::getUid)
                    .toList()));
    return images;
  }

  private static <R extends HasMetadata> EventSource<R, TeeWorkload> ofWorkload(
      Class<R> type, EventSourceContext<TeeWorkload> context, boolean specOnly) {
    InformerEventSourceConfiguration.Builder<R> configuration =
        InformerEventSourceConfiguration.from(type, TeeWorkload.class)
            .withLabelSelector(ApiLabels.WORKLOAD)
            .withSecondaryToPrimaryMapper(TeeWorkloadEventSources::workloadByLabel);
    if (specOnly) {
      configuration.withOnUpdateFilter(
          (now, before) ->
              !Objects.equals(
                  now.getMetadata().getGeneration(), before.getMetadata().getGeneration()));
    }
    return new InformerEventSource<>(configuration.build(), context);
  }

  private static <R extends HasMetadata> Set<ResourceID> workloadByLabel(R child) {
    return Set.of(
        new ResourceID(
            child.getMetadata().getLabels().get(ApiLabels.WORKLOAD),
            child.getMetadata().getNamespace()));
  }

  private static EventSource<RuntimeClass, TeeWorkload> runtimeClasses(
      EventSourceContext<TeeWorkload> context) {
    return new InformerEventSource<>(
        InformerEventSourceConfiguration.from(RuntimeClass.class, TeeWorkload.class)
            // They are in no namespace, whichever ones are watched; so are nodes.
            .withWatchAllNamespaces()
            .withSecondaryToPrimaryMapper(runtimeClass -> all(context))
            .build(),
        context);
  }

  private static EventSource<Node, TeeWorkload> nodes(EventSourceContext<TeeWorkload> context) {
    return new InformerEventSource<>(
        InformerEventSourceConfiguration.from(Node.class, TeeWorkload.class)
            .withWatchAllNamespaces()
            .withSecondaryToPrimaryMapper(node -> all(context))
            // Heartbeats are no news.
            .withOnUpdateFilter(
                (now, before) ->
                    !Objects.equals(now.getMetadata().getLabels(), before.getMetadata().getLabels())
                        || TeeWorkloadGatherer.takesPods(now)
                            != TeeWorkloadGatherer.takesPods(before))
            .build(),
        context);
  }

  private static Set<ResourceID> all(EventSourceContext<TeeWorkload> context) {
    return context
        .getPrimaryCache()
        .list()
        .map(ResourceID::fromResource)
        .collect(Collectors.toUnmodifiableSet());
  }
}
