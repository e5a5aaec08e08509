package dev.ipfstee.e2e.harness;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One namespace of the cluster, as a story's person sees it. */
public final class Cluster {
  private static final String NODES = "ipfs-tee-nodes";

  private final KubernetesClient client;
  private final String namespace;

  /** The namespace as the client's user sees it. */
  public Cluster(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  /** Opens the namespace, made empty and under the pod security level {@code restricted}. */
  public static Cluster emptyNamespace(KubernetesClient client, String name) {
    Await.gone(client.namespaces().withName(name));
    client
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                .endMetadata()
                .build())
        .create();
    return new Cluster(client, name);
  }

  public KubernetesClient client() {
    return client;
  }

  public String namespace() {
    return namespace;
  }

  /** Applies YAML as {@code kubectl apply} does, into this namespace. */
  public void apply(String yaml) {
    client
        .load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
        .inNamespace(namespace)
        .serverSideApply();
  }

  public IpfsImage image(String name) {
    return client.resources(IpfsImage.class).inNamespace(namespace).withName(name).get();
  }

  public List<IpfsImage> images() {
    return client.resources(IpfsImage.class).inNamespace(namespace).list().getItems();
  }

  public TeeWorkload workload(String name) {
    return client.resources(TeeWorkload.class).inNamespace(namespace).withName(name).get();
  }

  public Deployment deployment(String name) {
    return client.apps().deployments().inNamespace(namespace).withName(name).get();
  }

  /** The workload's pods that are not about to go. */
  public List<Pod> pods(String workload) {
    return client
        .pods()
        .inNamespace(namespace)
        .withLabel("ipfstee.dev/workload", workload)
        .list()
        .getItems()
        .stream()
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .toList();
  }

  /** The fetch Jobs of the namespace's images. */
  public List<Job> fetchJobs() {
    return client.batch().v1().jobs().inNamespace(NODES).list().getItems().stream()
        .filter(
            job ->
                job.getMetadata()
                    .getAnnotations()
                    .getOrDefault("ipfstee.dev/image", "")
                    .startsWith(namespace + "/"))
        .toList();
  }

  /** The pods of fetches that other namespaces' images have caused. */
  public List<String> fetchPodsOfOthers() {
    Set<String> own =
        fetchJobs().stream().map(job -> job.getMetadata().getName()).collect(Collectors.toSet());
    return client
        .pods()
        .inNamespace(NODES)
        .withLabel("app.kubernetes.io/component", "fetch")
        .list()
        .getItems()
        .stream()
        .filter(
            pod -> !own.contains(pod.getMetadata().getLabels().get("batch.kubernetes.io/job-name")))
        .map(pod -> pod.getMetadata().getName())
        .toList();
  }

  /** The operator's and the registries' pods, without those that are about to go. */
  public List<Pod> productPods() {
    return Stream.of("ipfs-tee-system", NODES)
        .flatMap(where -> client.pods().inNamespace(where).list().getItems().stream())
        .filter(
            pod ->
                List.of("operator", "node-registry")
                    .contains(pod.getMetadata().getLabels().get("app.kubernetes.io/component")))
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .toList();
  }

  /** What the Service answers to {@code GET /}, through the API server. */
  public String answerOf(String service) {
    return client.raw("/api/v1/namespaces/%s/services/%s:80/proxy/".formatted(namespace, service));
  }

  /** The condition of that type, or null. */
  public static Condition condition(List<Condition> conditions, String type) {
    return conditions.stream()
        .filter(condition -> Objects.equals(condition.getType(), type))
        .findFirst()
        .orElse(null);
  }
}
