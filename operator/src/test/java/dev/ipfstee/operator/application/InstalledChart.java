package dev.ipfstee.operator.application;

import dev.ipfstee.api.v1alpha1.SecretTypes;
import dev.ipfstee.testing.ApiServer;
import dev.ipfstee.testing.Tools;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The chart, installed by the real helm into the API server of the tests. What it would give to the
 * operator's pods (rights, configuration, environment, probes) is read back from there.
 */
final class InstalledChart implements AutoCloseable {
  private static final String NAME = "ipfs-tee-operator";
  private static final String GATEWAY = "gateway.example";
  private static final String TOKEN = "gateway-token";
  private static final Path CHART = Path.of("../helm-chart");

  private final KubernetesClient client;
  private final Path directory;
  private final Path admin;
  private final String system;
  private final String nodes;

  private InstalledChart(ApiServer server, Path directory) throws IOException {
    this.client = server.client();
    this.directory = directory;
    this.system = server.newNamespace("system");
    this.nodes = system + "-nodes";
    this.admin = kubeconfig("admin", client.getConfiguration().getOauthToken());
  }

  /**
   * Installs it under names of its own, with short waits.
   *
   * @param values more of them, as {@code name=value}
   */
  static InstalledChart into(ApiServer server, Path directory, String... values)
      throws IOException {
    InstalledChart chart = new InstalledChart(server, directory);
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("install", NAME, CHART.toString()));
    arguments.add("--values=" + CHART.resolve("tests/values/local.yaml"));
    // They are there, and serve the other tests too.
    arguments.add("--set=crds.install=false");
    arguments.add("--set=nodes.namespace=" + chart.nodes);
    // One whose token the operator reads and hands on.
    arguments.add(
        "--set-json=gateways=[{\"url\":\"%s\",\"tokenSecretName\":\"%s\"}]"
            .formatted("https://" + GATEWAY, TOKEN));
    Stream.of(values).map(value -> "--set=" + value).forEach(arguments::add);
    chart.helm(arguments.toArray(String[]::new));
    chart.giveToken();
    return chart;
  }

  private void giveToken() {
    client
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName(TOKEN)
                .withNamespace(system)
                .endMetadata()
                .withType(SecretTypes.TOKEN_TYPE)
                .withStringData(Map.of(SecretTypes.HOST, GATEWAY, SecretTypes.TOKEN, "for-a-test"))
                .build())
        .create();
  }

  /** What the chart grants to the operator, and what the operator has asked for with it. */
  RightsInUse rights() {
    return new RightsInUse(client, system, operator().getSpec().getServiceAccountName());
  }

  String systemNamespace() {
    return system;
  }

  String nodesNamespace() {
    return nodes;
  }

  /** A kubeconfig of the operator's service account: what it may is what the chart grants. */
  Path kubeconfig() throws IOException {
    String token =
        client
            .serviceAccounts()
            .inNamespace(system)
            .withName(operator().getSpec().getServiceAccountName())
            .tokenRequest(new TokenRequestBuilder().withNewSpec().endSpec().build())
            .getStatus()
            .getToken();
    return kubeconfig("operator", token);
  }

  /** The environment of the operator's container. */
  Map<String, String> environment() {
    return container().getEnv().stream()
        .collect(Collectors.toMap(EnvVar::getName, EnvVar::getValue));
  }

  /** The operator's configuration file. */
  String configuration() {
    return client
        .configMaps()
        .inNamespace(system)
        .withName(NAME)
        .require()
        .getData()
        .get("config.yaml");
  }

  /** The paths that the kubelet asks, all on the port named management. */
  List<String> probes() {
    Container container = container();
    return List.of(
            container.getStartupProbe(),
            container.getReadinessProbe(),
            container.getLivenessProbe())
        .stream()
        .map(Probe::getHttpGet)
        .map(
            get -> {
              if (!"management".equals(get.getPort().getStrVal())) {
                throw new IllegalStateException("a probe of another port: " + get);
              }
              return get.getPath();
            })
        .toList();
  }

  /** How the pods of the node registry look. */
  PodTemplateSpec registry() {
    return client
        .apps()
        .daemonSets()
        .inNamespace(nodes)
        .list()
        .getItems()
        .getFirst()
        .getSpec()
        .getTemplate();
  }

  private PodTemplateSpec operator() {
    return client
        .apps()
        .deployments()
        .inNamespace(system)
        .withName(NAME)
        .require()
        .getSpec()
        .getTemplate();
  }

  private Container container() {
    return operator().getSpec().getContainers().getFirst();
  }

  private Path kubeconfig(String user, String token) throws IOException {
    return Files.writeString(
        directory.resolve(user + ".kubeconfig"),
        """
        apiVersion: v1
        kind: Config
        clusters:
        - name: test
          cluster: {server: "%s", insecure-skip-tls-verify: true}
        users:
        - name: test
          user: {token: "%s"}
        contexts:
        - name: test
          context: {cluster: test, user: test, namespace: "%s"}
        current-context: test
        """
            .formatted(client.getMasterUrl(), token, system));
  }

  private void helm(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Tools.find("helm").toString());
    command.addAll(List.of(arguments));
    command.addAll(List.of("--namespace=" + system, "--kubeconfig=" + admin));
    Path log = directory.resolve("helm.log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    for (String kind : List.of("CACHE", "CONFIG", "DATA")) {
      builder.environment().put("HELM_" + kind + "_HOME", directory.resolve("helm").toString());
    }
    Process helm = builder.start();
    try {
      if (!helm.waitFor(120, TimeUnit.SECONDS) || helm.exitValue() != 0) {
        helm.destroyForcibly();
        throw new IllegalStateException("failed to " + command + ":\n" + Files.readString(log));
      }
    } catch (InterruptedException e) {
      helm.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    helm("uninstall", NAME);
  }
}
