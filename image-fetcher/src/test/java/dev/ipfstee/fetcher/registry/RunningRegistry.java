package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.fetch.MinFree;
import dev.ipfstee.fetcher.store.StoreWatch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** A registry on loopback for a test, and a client for it. */
public final class RunningRegistry implements AutoCloseable {
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
  private final RegistryServer server;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  public RunningRegistry(Path store) {
    this(store, 512);
  }

  RunningRegistry(Path store, int maxConnections) {
    this(store, maxConnections, Optional.empty());
  }

  RunningRegistry(Path store, int maxConnections, Optional<Pulls.Settings> pull) {
    this(store, maxConnections, pull, Optional.empty(), Optional.empty());
  }

  private RunningRegistry(
      Path store,
      int maxConnections,
      Optional<Pulls.Settings> pull,
      Optional<DesiredRounds.Settings> desired,
      Optional<TlsIdentity.Settings> tls) {
    ListenAddress anyPort = ListenAddress.parse("127.0.0.1:0");
    server =
        new RegistryServer(
            new RegistryServer.Settings(
                store,
                anyPort,
                tls,
                Optional.of(anyPort),
                Optional.of(anyPort),
                maxConnections,
                pull,
                desired,
                new StoreWatch.Settings(Duration.ofMillis(20), 1 << 30, Duration.ofHours(1))),
            new PrintStream(logged, true, StandardCharsets.UTF_8));
    try {
      server.start();
    } catch (RuntimeException failure) {
      close();
      throw failure;
    }
  }

  /**
   * One that pulls what its store lacks.
   *
   * @param peers the addresses of the peers now
   */
  static RunningRegistry pulling(Path store, MinFree minFree, Supplier<List<URI>> peers) {
    return new RunningRegistry(store, 512, Optional.of(pull(minFree, peers)));
  }

  private static Pulls.Settings pull(MinFree minFree, Supplier<List<URI>> peers) {
    // On a machine that is busy with other tests, 200 ms may be little.
    return new Pulls.Settings(peers, minFree, Duration.ofSeconds(20));
  }

  /** One that pulls too, and follows a desired set. */
  static RunningRegistry following(
      DesiredRounds.Settings desired, Path store, Supplier<List<URI>> peers) {
    return new RunningRegistry(
        store,
        512,
        Optional.of(pull(new MinFree(0, 0), peers)),
        Optional.of(desired),
        Optional.empty());
  }

  /** One that speaks TLS too. */
  static RunningRegistry withTls(Path store, TlsFiles files) {
    return new RunningRegistry(
        store, 512, Optional.empty(), Optional.empty(), Optional.of(tls(files)));
  }

  private static TlsIdentity.Settings tls(TlsFiles files) {
    return new TlsIdentity.Settings(
        ListenAddress.parse("127.0.0.1:0"), files, Duration.ofMillis(20));
  }

  /** One that pulls, follows a desired set, and speaks TLS. */
  static RunningRegistry withAll(
      DesiredRounds.Settings desired, Path store, Supplier<List<URI>> peers, TlsFiles files) {
    return new RunningRegistry(
        store,
        512,
        Optional.of(pull(new MinFree(0, 0), peers)),
        Optional.of(desired),
        Optional.of(tls(files)));
  }

  RegistryServer server() {
    return server;
  }

  String log() {
    return logged.toString(StandardCharsets.UTF_8);
  }

  /** Where other nodes ask it. */
  public URI peerUrl() {
    return URI.create("http://" + server.peerAddress().orElseThrow());
  }

  String hostAndPort() {
    return "localhost:" + server.address().port();
  }

  HttpResponse<byte[]> get(String path, String... headers) throws Exception {
    return send("GET", path, headers);
  }

  /** Returns as soon as the head has come. */
  HttpResponse<InputStream> stream(String path, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://" + server.address() + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofInputStream());
  }

  HttpResponse<byte[]> head(String path, String... headers) throws Exception {
    return send("HEAD", path, headers);
  }

  HttpResponse<byte[]> send(String method, String path, String... headers) throws Exception {
    return request(server.address(), method, path, headers);
  }

  HttpResponse<byte[]> manage(String path, String... headers) throws Exception {
    return request(server.managementAddress().orElseThrow(), "GET", path, headers);
  }

  /** Asks as another node does. */
  HttpResponse<byte[]> peerGet(String path) throws Exception {
    return request(server.peerAddress().orElseThrow(), "GET", path);
  }

  private HttpResponse<byte[]> request(
      ListenAddress address, String method, String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://" + address + path))
            .timeout(Duration.ofSeconds(20))
            .method(method, BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofByteArray());
  }

  static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    client.close();
    server.stop(Duration.ZERO);
  }
}
