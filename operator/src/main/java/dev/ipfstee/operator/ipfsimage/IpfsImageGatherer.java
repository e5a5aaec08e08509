package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ApiAnnotations;
import dev.ipfstee.api.v1alpha1.ApiLabels;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.IpfsImageStatus;
import dev.ipfstee.operator.config.OperatorConfig;
import dev.ipfstee.operator.credential.GatewayChoice;
import dev.ipfstee.operator.credential.ProxyChoice;
import dev.ipfstee.operator.credential.SecretGatherer;
import dev.ipfstee.operator.credential.SecretName;
import dev.ipfstee.operator.credential.SecretView;
import dev.ipfstee.operator.kubernetes.Nodes;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Clock;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Reads the world once per pass, all of it from caches. */
final class IpfsImageGatherer {
  private final OperatorConfig config;
  private final NodeInventory inventory;
  private final Clock clock;

  IpfsImageGatherer(OperatorConfig config, NodeInventory inventory, Clock clock) {
    this.config = config;
    this.inventory = inventory;
    this.clock = clock;
  }

  IpfsImageInputs gather(
      IpfsImage image, Context<IpfsImage> context, IpfsImageEventSources sources) {
    ObjectMeta metadata = image.getMetadata();
    IpfsImageStatus status =
        image.getStatus() == null ? IpfsImageInputs.NO_STATUS : image.getStatus();
    // By UID: a namesake that was deleted may have left Jobs.
    Predicate<HasMetadata> ours =
        child -> metadata.getUid().equals(child.getMetadata().getLabels().get(ApiLabels.IMAGE_UID));
    List<RegistryNode> nodes = registryNodes(sources);
    List<Job> jobs = context.getSecondaryResourcesAsStream(Job.class).filter(ours).toList();
    return new IpfsImageInputs(
        metadata.getNamespace(),
        metadata.getName(),
        metadata.getUid(),
        metadata.getGeneration(),
        image.getSpec(),
        Optional.ofNullable(metadata.getAnnotations())
            .map(annotations -> annotations.get(ApiAnnotations.RECONCILE_REQUESTED_AT)),
        status,
        nodes,
        knownNodes(sources),
        IpfsImageEventSources.content(image).map(inventory::progress).orElse(Map.of()),
        jobs,
        secondary(context, sources).stream().filter(ours).toList(),
        fetching(status, nodes, jobs) ? secrets(image, context) : Map.of(),
        config,
        clock.instant());
  }

  /** Whether something is to be fetched, or under way: at rest no Secret is read. */
  private static boolean fetching(
      IpfsImageStatus status, List<RegistryNode> nodes, List<Job> jobs) {
    Optional<ResolvedImage> resolved = ResolvedImage.of(status);
    return resolved.isEmpty()
        || !nodes.stream().allMatch(node -> node.holds(resolved.get()))
        || jobs.stream().anyMatch(job -> !IpfsImageObserver.finished(job));
  }

  private Map<SecretName, SecretView> secrets(IpfsImage image, Context<IpfsImage> context) {
    List<GatewayChoice> gateways =
        GatewayChoice.of(image.getSpec(), image.getMetadata().getNamespace(), config);
    Set<SecretName> names = new HashSet<>(GatewayChoice.secrets(gateways));
    ProxyChoice.of(config).map(ProxyChoice::login).ifPresent(names::add);
    return SecretGatherer.gather(context.getClient(), names);
  }

  private static Set<Pod> secondary(Context<IpfsImage> context, IpfsImageEventSources sources) {
    return sources.fetchPods.getSecondaryResources(context.getPrimaryResource());
  }

  private List<RegistryNode> registryNodes(IpfsImageEventSources sources) {
    return sources
        .registryPods
        .list()
        .filter(RegistryPods::ready)
        .map(pod -> pod.getSpec().getNodeName())
        .distinct()
        .flatMap(name -> sources.nodes.get(new ResourceID(name)).stream())
        .filter(Nodes::takesPods)
        .map(this::registryNode)
        .sorted(Comparator.comparing(RegistryNode::name))
        .toList();
  }

  private RegistryNode registryNode(Node node) {
    String name = node.getMetadata().getName();
    return new RegistryNode(name, Nodes.platform(node), inventory.of(name));
  }

  private static Set<String> knownNodes(IpfsImageEventSources sources) {
    return sources
        .nodes
        .list()
        .map(node -> node.getMetadata().getName())
        .collect(Collectors.toUnmodifiableSet());
  }
}
