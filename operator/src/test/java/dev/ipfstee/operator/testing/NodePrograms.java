package dev.ipfstee.operator.testing;

import com.sun.net.httpserver.HttpServer;
import dev.ipfstee.api.v1alpha1.ApiAnnotations;
import dev.ipfstee.operator.kubernetes.ManagedLabels;
import dev.ipfstee.testing.Await;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Plays the nodes: their registries, each with an address and an inventory of its own. What the
 * fetches on them come to, {@link FetchedJob} plays.
 */
public final class NodePrograms implements AutoCloseable {
  private final KubernetesClient client;
  private final String namespace;
  private final List<HttpServer> servers = new ArrayList<>();
  private final Map<String, Set<String>> inventories = new ConcurrentHashMap<>();
  private final Map<String, String> fetches = new ConcurrentHashMap<>();
  private final AtomicInteger polls = new AtomicInteger();
  private final int port;

  /**
   * @param namespace of the node programs
   */
  public NodePrograms(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
    // All have the same port, as in a cluster; all of 127.0.0.0/8 is this machine.
    port = freePort();
  }

  /** Where the programs run. */
  public String namespace() {
    return namespace;
  }

  /** The management port of all registries. */
  public int port() {
    return port;
  }

  /** A node whose registry is ready and holds nothing; its pod is like the chart's. */
  public void join(String node) {
    join(node, registry());
  }

  /** The same of another architecture. */
  public void join(String node, String architecture) {
    add(node, architecture, serve(node), registry());
  }

  /** A node whose registry is said to be ready, and answers nobody. */
  public void joinSilently(String node, String architecture) {
    inventories.put(node, ConcurrentHashMap.newKeySet());
    add(node, architecture, "127.2.0.1", registry());
  }

  private static PodTemplateSpec registry() {
    return new PodTemplateSpecBuilder()
        .withNewMetadata()
        .withLabels(ManagedLabels.of(ManagedLabels.COMPONENT_REGISTRY))
        .endMetadata()
        .withNewSpec()
        .addNewContainer()
        .withName("registry")
        .withImage("localhost/registry")
        .endContainer()
        .endSpec()
        .build();
  }

  /** A node whose registry runs as this template says. */
  public void join(String node, PodTemplateSpec template) {
    add(node, "amd64", serve(node), template);
  }

  /** Starts a registry, and says where. */
  private String serve(String node) {
    String ip = "127.1.0." + (servers.size() + 1);
    inventories.put(node, ConcurrentHashMap.newKeySet());
    listen(ip)
        .createContext(
            "/inventory",
            exchange -> {
              byte[] body = inventory(node);
              exchange.sendResponseHeaders(200, body.length);
              exchange.getResponseBody().write(body);
              exchange.close();
              polls.incrementAndGet();
            });
    return ip;
  }

  private void add(String node, String architecture, String ip, PodTemplateSpec template) {
    Node created =
        client
            .resource(
                new NodeBuilder()
                    .withNewMetadata()
                    .withName(node)
                    // As each kubelet does.
                    .addToLabels("kubernetes.io/arch", architecture)
                    .endMetadata()
                    .build())
            .create();
    created.setStatus(
        new NodeBuilder()
            .withNewStatus()
            .withNewNodeInfo()
            .withArchitecture(architecture)
            .withOperatingSystem("linux")
            .endNodeInfo()
            .endStatus()
            .build()
            .getStatus());
    client.resource(created).updateStatus();
    Pod pod =
        client
            .resource(
                new PodBuilder()
                    .withMetadata(template.getMetadata())
                    .withSpec(template.getSpec())
                    .editMetadata()
                    .withName("registry-" + node)
                    .withNamespace(namespace)
                    .endMetadata()
                    .editSpec()
                    .withNodeName(node)
                    .endSpec()
                    .build())
            .create();
    pod.setStatus(
        new PodStatusBuilder()
            .withPhase("Running")
            .withPodIP(ip)
            .addNewPodIP(ip)
            .addNewCondition()
            .withType("Ready")
            .withStatus("True")
            .endCondition()
            .build());
    client.resource(pod).updateStatus();
  }

  /** The node goes, with its registry. */
  public void leave(String node) {
    client.pods().inNamespace(namespace).withName("registry-" + node).withGracePeriod(0).delete();
    client.nodes().withName(node).delete();
  }

  /** The node's registry shows the image from now on, for linux/amd64. */
  public void hold(String node, String cid, String digest) {
    hold(node, cid, digest, List.of("linux/amd64"));
  }

  /** The node's registry shows the image from now on. */
  public void hold(String node, String cid, String digest, List<String> platforms) {
    fetches.remove(node);
    inventories
        .get(node)
        .add(
            "{\"cid\":\"%s\",\"digest\":\"%s\",\"platforms\":[\"%s\"]}"
                .formatted(cid, digest, String.join("\",\"", platforms)));
  }

  /** How often registries were asked for their inventories. */
  public int polls() {
    return polls.get();
  }

  /** The node's registry shows nothing any more: its disk was replaced. */
  public void lose(String node) {
    inventories.get(node).clear();
  }

  /** The node's registry shows how far a fetch on it is, until its image is there. */
  public void show(String node, String source, long bytes, long total) {
    fetches.put(
        node, "{\"source\":\"%s\",\"bytes\":%d,\"total\":%d}".formatted(source, bytes, total));
  }

  /** The fetch Jobs of an image, whatever became of them. */
  public List<Job> jobs(String imageNamespace, String imageName) {
    return client.batch().v1().jobs().inNamespace(namespace).list().getItems().stream()
        .filter(
            job ->
                (imageNamespace + "/" + imageName)
                    .equals(job.getMetadata().getAnnotations().get(ApiAnnotations.IMAGE)))
        .toList();
  }

  /** Waits for an unfinished fetch Job of an image. */
  public FetchedJob awaitJob(String imageNamespace, String imageName) {
    return Await.value(
        "a fetch Job for %s/%s".formatted(imageNamespace, imageName),
        Duration.ofSeconds(30),
        () ->
            jobs(imageNamespace, imageName).stream()
                .filter(job -> job.getStatus().getConditions().isEmpty())
                .findFirst()
                .map(job -> new FetchedJob(client, job)));
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] inventory(String node) {
    return "{\"version\":1,\"images\":[%s],\"fetches\":[%s]}"
        .formatted(String.join(",", inventories.get(node)), fetches.getOrDefault(node, ""))
        .getBytes(StandardCharsets.UTF_8);
  }

  private HttpServer listen(String ip) {
    try {
      HttpServer server = HttpServer.create(new InetSocketAddress(ip, port), 0);
      server.start();
      servers.add(server);
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    servers.forEach(server -> server.stop(0));
    inventories.keySet().forEach(this::leave);
  }
}
