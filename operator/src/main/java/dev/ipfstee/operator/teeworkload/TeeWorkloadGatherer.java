package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.operator.config.OperatorConfig;
import dev.ipfstee.operator.config.Profile;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the world once per pass, from caches wherever they can tell. */
final class TeeWorkloadGatherer {
  private final OperatorConfig config;

  TeeWorkloadGatherer(OperatorConfig config) {
    this.config = config;
  }

  TeeWorkloadInputs gather(TeeWorkload workload, Context<TeeWorkload> context) {
    List<ImageUse> uses = ReferencedImages.of(workload.getSpec());
    Optional<Profile> profile = config.profiles().find(workload.getSpec().tee().profile());
    Optional<String> runtimeClassName = runtimeClassName(workload, profile);
    InformerEventSource<IpfsImage, TeeWorkload> images = source(IpfsImage.class, context);
    return new TeeWorkloadInputs(
        workload,
        uses,
        images(workload, uses, images),
        images.byIndex(TeeWorkloadEventSources.OWNER, workload.getMetadata().getUid()),
        profile,
        config.profiles().names(),
        runtimeClassName,
        runtimeClassName.flatMap(
            name -> source(RuntimeClass.class, context).get(new ResourceID(name))),
        source(Node.class, context)
            .list()
            .filter(TeeWorkloadGatherer::takesPods)
            .map(node -> labels(node))
            .toList(),
        deployment(workload, context),
        context.getSecondaryResourcesAsStream(ReplicaSet.class).toList(),
        context.getSecondaryResourcesAsStream(Pod.class).toList());
  }

  /** The workload's word wins over the profile's, and that over the template's. */
  private static Optional<String> runtimeClassName(
      TeeWorkload workload, Optional<Profile> profile) {
    return Optional.ofNullable(workload.getSpec().tee().runtimeClassName())
        .or(() -> profile.flatMap(Profile::runtimeClass))
        .or(() -> Optional.ofNullable(Template.runtimeClassName(workload.getSpec().template())));
  }

  private static Map<String, IpfsImage> images(
      TeeWorkload workload,
      List<ImageUse> uses,
      InformerEventSource<IpfsImage, TeeWorkload> source) {
    Map<String, IpfsImage> found = new HashMap<>();
    for (ImageUse use : uses) {
      use.ipfsImage()
          .flatMap(name -> source.get(new ResourceID(name, workload.getMetadata().getNamespace())))
          .ifPresent(image -> found.put(image.getMetadata().getName(), image));
    }
    return found;
  }

  /**
   * The cache holds only Deployments with our label, so one that isn't in it is asked for: it may
   * be somebody else's.
   */
  private static Optional<Deployment> deployment(
      TeeWorkload workload, Context<TeeWorkload> context) {
    ObjectMeta metadata = workload.getMetadata();
    return source(Deployment.class, context)
        .get(ResourceID.fromResource(workload))
        .or(
            () ->
                Optional.ofNullable(
                    context
                        .getClient()
                        .apps()
                        .deployments()
                        .inNamespace(metadata.getNamespace())
                        .withName(metadata.getName())
                        .get()));
  }

  static boolean takesPods(Node node) {
    return node.getSpec() == null || !Boolean.TRUE.equals(node.getSpec().getUnschedulable());
  }

  private static Map<String, String> labels(Node node) {
    Map<String, String> labels = node.getMetadata().getLabels();
    return labels == null ? Map.of() : labels;
  }

  private static <R extends HasMetadata> InformerEventSource<R, TeeWorkload> source(
      Class<R> type, Context<TeeWorkload> context) {
    return (InformerEventSource<R, TeeWorkload>)
        context.eventSourceRetriever().getEventSourceFor(type);
  }
}
