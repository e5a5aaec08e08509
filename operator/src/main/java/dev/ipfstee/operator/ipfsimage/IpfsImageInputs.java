package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ImageProgress;
import dev.ipfstee.api.v1alpha1.IpfsImageSpec;
import dev.ipfstee.api.v1alpha1.IpfsImageStatus;
import dev.ipfstee.operator.config.OperatorConfig;
import dev.ipfstee.operator.credential.Credentials;
import dev.ipfstee.operator.credential.GatewayChoice;
import dev.ipfstee.operator.credential.ProxyChoice;
import dev.ipfstee.operator.credential.SecretName;
import dev.ipfstee.operator.credential.SecretView;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that the decisions of one pass rest on.
 *
 * @param annotation with which people ask for another try; empty when it isn't there
 * @param status as it is in the object; never null
 * @param nodes that carry the registry, by name
 * @param knownNodes all nodes of the cluster
 * @param progress of fetches of this content, whoever wants it, by node
 * @param jobs the fetch Jobs of this image
 * @param pods of those Jobs
 * @param secrets that the gateways take; empty when nothing is left to fetch
 */
record IpfsImageInputs(
    String namespace,
    String name,
    String uid,
    long generation,
    IpfsImageSpec spec,
    Optional<String> annotation,
    IpfsImageStatus status,
    List<RegistryNode> nodes,
    Set<String> knownNodes,
    Map<String, ImageProgress> progress,
    List<Job> jobs,
    List<Pod> pods,
    Map<SecretName, SecretView> secrets,
    OperatorConfig config,
    Instant now) {
  static final IpfsImageStatus NO_STATUS =
      new IpfsImageStatus(null, null, null, null, null, null, null, null, null, null, null);

  /** Where the image is fetched from. */
  List<GatewayChoice> gateways() {
    return GatewayChoice.of(spec, namespace, config);
  }

  /** What a fetch from there is given. */
  Credentials credentials() {
    return Credentials.of(gateways(), ProxyChoice.of(config), secrets);
  }

  /**
   * The nodes that shall hold an image with these platforms: those that can run it. Without any,
   * all of them, so that it's verified before a node of its architecture comes.
   */
  List<RegistryNode> nodesFor(List<String> platforms) {
    List<RegistryNode> able = nodes.stream().filter(node -> node.runs(platforms)).toList();
    return able.isEmpty() ? nodes : able;
  }

  /** Whether the object was reported on before, for the spec as it is now. */
  boolean reported() {
    return status.observedGeneration() != null && status.observedGeneration() == generation;
  }

  /**
   * The last request for another try, which this pass acts upon if none has yet; empty when there
   * was none. An annotation that is gone asks for nothing, and an image on hold doesn't listen.
   */
  Optional<String> request() {
    return annotation
        .filter(value -> !value.isEmpty() && !spec.suspend())
        .or(() -> Optional.ofNullable(status.lastHandledReconcileAt()));
  }

  /** Whether somebody has asked for another try since the last report. */
  boolean requestedAnew() {
    return !request().equals(Optional.ofNullable(status.lastHandledReconcileAt()));
  }

  /** Whether the registry of some node was never asked: after a start, or when a node joined. */
  boolean inventoryIncomplete() {
    return nodes.stream().anyMatch(node -> node.view().isEmpty());
  }
}
