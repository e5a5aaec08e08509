package dev.ipfstee.operator.application;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One replica of the packaged operator, as a process of its own, in the profile of production. */
final class OperatorProcess {
  private static final Path JAR = Path.of("target/quarkus-app/quarkus-run.jar");
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final String name;
  private final int port;
  private final Path log;
  private final Process process;

  private OperatorProcess(String name, int port, Path log, Process process) {
    this.name = name;
    this.port = port;
    this.log = log;
    this.process = process;
  }

  /**
   * Starts a replica.
   *
   * @param name of its pod, as the kubelet gives it in HOSTNAME
   * @param environment all that it gets, besides its name and a port of its own
   */
  static OperatorProcess start(String name, Map<String, String> environment, Path directory)
      throws IOException {
    if (!Files.exists(JAR)) {
      throw new IllegalStateException("failed to find '" + JAR + "': package the operator first");
    }
    int port = freePort();
    Path log = directory.resolve(name + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // The memory that the chart's limit leaves to the heap.
                "-Xmx300m",
                "-XX:+UseSerialGC",
                "-jar",
                JAR.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("HOSTNAME", name);
    builder.environment().put("QUARKUS_MANAGEMENT_PORT", Integer.toString(port));
    return new OperatorProcess(name, port, log, builder.start());
  }

  String name() {
    return name;
  }

  boolean alive() {
    return process.isAlive();
  }

  /** The status of the answer to a GET on the management port. */
  int status(String path) {
    return get(path).statusCode();
  }

  /** The body of the answer to a GET on the management port. */
  String body(String path) {
    return get(path).body();
  }

  private HttpResponse<String> get(String path) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(5))
            .build();
    try {
      return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** As the kubelet asks a container to end. */
  void terminate() {
    process.destroy();
  }

  /** As a node that dies. */
  void kill() {
    process.destroyForcibly();
  }

  /** The exit code; an error if it doesn't come in time. */
  int exitWithin(Duration time) throws InterruptedException {
    if (!process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError(name + " hasn't ended within " + time + "; its log:\n" + log());
    }
    return process.exitValue();
  }

  /** All that it has written so far. */
  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
