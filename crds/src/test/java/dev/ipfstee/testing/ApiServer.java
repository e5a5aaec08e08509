package dev.ipfstee.testing;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real kube-apiserver with its etcd, on loopback, for as long as the JVM lives. There is no
 * controller manager, scheduler or kubelet: tests play their parts by patching status, and nothing
 * is garbage-collected.
 */
public final class ApiServer {
  private static final String TOKEN = "admin-of-a-test";

  /** Which program it is: by default that of the newest Kubernetes the project is tested with. */
  private static final String PROGRAM = System.getProperty("kube-apiserver", "kube-apiserver");

  private static final Duration START = Duration.ofMinutes(2);

  private static ApiServer shared;

  private final Path directory;
  private final List<Process> processes = new ArrayList<>();
  private final AuditLog audit;
  private final Config config;
  private final KubernetesClient client;

  private ApiServer() throws IOException, GeneralSecurityException {
    directory = Files.createTempDirectory("kube-apiserver-test");
    Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "api-server-stop"));
    int etcdPort = freePort();
    start(
        "etcd",
        "--data-dir=" + directory.resolve("etcd"),
        "--listen-client-urls=http://127.0.0.1:" + etcdPort,
        "--advertise-client-urls=http://127.0.0.1:" + etcdPort,
        "--listen-peer-urls=http://127.0.0.1:0",
        "--unsafe-no-fsync=true",
        "--log-level=warn");
    Path key = writeServiceAccountKey();
    Path tokens = directory.resolve("tokens.csv");
    Files.writeString(tokens, TOKEN + ",admin,admin,system:masters\n");
    Path auditPolicy = Files.writeString(directory.resolve("audit.yaml"), AuditLog.POLICY);
    Path auditLog = directory.resolve("audit.log");
    audit = new AuditLog(auditLog);
    int port = freePort();
    start(
        PROGRAM,
        "--etcd-servers=http://127.0.0.1:" + etcdPort,
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        "--secure-port=" + port,
        "--cert-dir=" + directory.resolve("certificates"),
        "--token-auth-file=" + tokens,
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-account-key-file=" + key,
        "--service-account-signing-key-file=" + key,
        "--service-cluster-ip-range=10.0.0.0/24",
        "--audit-policy-file=" + auditPolicy,
        "--audit-log-path=" + auditLog,
        // As on OpenShift: owner references that block deletion need a right on the owner.
        "--enable-admission-plugins=OwnerReferencesPermissionEnforcement",
        "--disable-admission-plugins=ServiceAccount");
    config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("https://127.0.0.1:" + port)
            .withOauthToken(TOKEN)
            .withTrustCerts(true)
            .withDisableHostnameVerification(true)
            .withNamespace("default")
            .build();
    client = new KubernetesClientBuilder().withConfig(config).build();
    Await.value(
        "%s on port %d is ready; its log:\n%s".formatted(PROGRAM, port, directory),
        START,
        this::ready);
  }

  /** The one API server of this JVM; the first call starts it. */
  public static synchronized ApiServer shared() {
    if (shared == null) {
      try {
        shared = new ApiServer();
      } catch (IOException | GeneralSecurityException e) {
        throw new IllegalStateException("failed to start an API server: " + e.getMessage(), e);
      }
    }
    return shared;
  }

  /** A client that may do everything. It is shared: don't close it. */
  public KubernetesClient client() {
    return client;
  }

  /** How to reach the server as an administrator. */
  public Config config() {
    return config;
  }

  /** What service accounts have asked for. */
  public AuditLog audit() {
    return audit;
  }

  /** A new namespace of its own for a test; its name begins with {@code prefix}. */
  public String newNamespace(String prefix) {
    String name =
        prefix.toLowerCase(Locale.ROOT) + "-" + UUID.randomUUID().toString().substring(0, 8);
    client
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .create();
    return name;
  }

  /** Applies the CRDs as committed in crds/manifests and waits until they are served. */
  public ApiServer withCrds() {
    for (Path manifest : crdManifests()) {
      CustomResourceDefinition crd =
          client
              .resource(read(manifest, CustomResourceDefinition.class))
              .forceConflicts()
              .serverSideApply();
      client.resource(crd).waitUntilCondition(ApiServer::established, 30, TimeUnit.SECONDS);
    }
    return this;
  }

  private static boolean established(CustomResourceDefinition crd) {
    return crd != null
        && crd.getStatus() != null
        && crd.getStatus().getConditions() != null
        && crd.getStatus().getConditions().stream()
            .anyMatch(c -> "Established".equals(c.getType()) && "True".equals(c.getStatus()));
  }

  /** The committed CRD files, in the order of their names. */
  public static List<Path> crdManifests() {
    Path manifests =
        Stream.of("manifests", "crds/manifests", "../crds/manifests")
            .map(Path::of)
            .filter(Files::isDirectory)
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("failed to find crds/manifests"));
    try (Stream<Path> files = Files.list(manifests)) {
      return files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private <T> T read(Path file, Class<T> type) {
    try {
      return client.getKubernetesSerialization().unmarshal(Files.readString(file), type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Optional<Boolean> ready() {
    for (Process process : processes) {
      if (!process.isAlive()) {
        throw new IllegalStateException(
            "%s ended with %d".formatted(process.info().command(), process.exitValue()));
      }
    }
    // By the Kubernetes client, so that its way of trusting the server is tried too.
    String answer = client.raw("/readyz");
    return "ok".equals(answer) && client.namespaces().withName("default").get() != null
        ? Optional.of(true)
        : Optional.empty();
  }

  private void start(String tool, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Tools.find(tool).toString());
    command.addAll(List.of(arguments));
    processes.add(
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve(tool + ".log").toFile())
            .start());
  }

  private Path writeServiceAccountKey() throws IOException, GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair pair = generator.generateKeyPair();
    Path key = directory.resolve("service-account.key");
    Files.writeString(
        key,
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(pair.getPrivate().getEncoded())
            + "\n-----END PRIVATE KEY-----\n");
    return key;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void stop() {
    for (Process process : processes.reversed()) {
      process.destroyForcibly();
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      System.err.println("failed to remove '" + directory + "': " + e.getMessage());
    }
  }
}
