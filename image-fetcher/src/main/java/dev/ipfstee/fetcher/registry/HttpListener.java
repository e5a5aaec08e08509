package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.ipfs.PeerClient;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * One HTTP address: takes requests apart, has them answered on a worker thread, and sends the
 * answers, files from the page cache to the socket.
 */
final class HttpListener {
  /** A client that doesn't take a mebibyte in this time is gone. */
  private static final int IDLE_SECONDS = 60;

  private static final long SWEEP_MILLIS = 10_000;
  private static final int MAX_HEADER_BYTES = 16 << 10;
  private static final int MAX_REQUEST_LINE_BYTES = 4 << 10;

  /** Vert.x gives all servers with one negative port the same free one; with 0, each its own. */
  private static final AtomicInteger FREE_PORTS = new AtomicInteger();

  /** Held, because java.util.logging forgets the level of a logger that nobody refers to. */
  private static final Logger CONNECTION_LOGGER =
      Logger.getLogger("io.vertx.core.net.impl.ConnectionBase");

  static {
    // It writes a stack trace for every client that goes away in the middle of a blob.
    CONNECTION_LOGGER.setLevel(Level.OFF);
  }

  private final Vertx vertx;
  private final ListenAddress address;
  private final Function<RegistryRequest, Answer> handler;
  private final ConnectionGuard guard;
  private final Transfers transfers;
  private final RequestObserver observer;
  private final Optional<TlsIdentity> tls;
  private final List<HttpServer> servers = new ArrayList<>();

  /** Learns how each request ended. */
  interface RequestObserver {
    /**
     * @param status HTTP status; 499 when the client went away before the end
     * @param bytes of the body that were sent
     */
    void answered(RegistryRequest request, int status, long bytes);
  }

  /**
   * @param tls who this is; empty for plain HTTP
   * @param transfers how many large blobs are sent at a time
   */
  HttpListener(
      Vertx vertx,
      ListenAddress address,
      Optional<TlsIdentity> tls,
      int maxConnections,
      Transfers transfers,
      Function<RegistryRequest, Answer> handler,
      RequestObserver observer) {
    this.vertx = vertx;
    this.address = address;
    this.tls = tls;
    this.handler = handler;
    this.guard = new ConnectionGuard(maxConnections);
    this.transfers = transfers;
    this.observer = observer;
  }

  /** What was asked for. */
  ListenAddress address() {
    return address;
  }

  ConnectionGuard guard() {
    return guard;
  }

  /**
   * Starts to listen, on as many event loops as there are processors.
   *
   * @return where, with the actual port
   */
  Future<ListenAddress> start() {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(address.host())
            .setPort(address.port() == 0 ? FREE_PORTS.decrementAndGet() : address.port())
            .setHttp2ClearTextEnabled(false)
            .setMaxHeaderSize(MAX_HEADER_BYTES)
            .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
            .setIdleTimeoutUnit(TimeUnit.SECONDS)
            .setIdleTimeout(IDLE_SECONDS);
    tls.ifPresent(identity -> identity.begin(options));
    List<Future<HttpServer>> starting = new ArrayList<>();
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
      HttpServer server =
          vertx
              .createHttpServer(options)
              .connectionHandler(guard::opened)
              .requestHandler(this::handle);
      servers.add(server);
      starting.add(server.listen());
    }
    vertx.setPeriodic(SWEEP_MILLIS, unused -> guard.sweep());
    return Future.all(starting).map(unused -> address.withPort(servers.getFirst().actualPort()));
  }

  private void handle(HttpServerRequest request) {
    RegistryRequest parsed = parse(request);
    HttpServerResponse response = request.response();
    AtomicBoolean counted = new AtomicBoolean();
    boolean admitted = guard.begin(request.connection());
    response.endHandler(
        unused -> {
          guard.end(request.connection());
          if (counted.compareAndSet(false, true)) {
            observer.answered(parsed, response.getStatusCode(), response.bytesWritten());
          }
        });
    response.closeHandler(
        unused -> {
          if (counted.compareAndSet(false, true)) {
            observer.answered(parsed, 499, response.bytesWritten());
          }
        });
    response.exceptionHandler(unused -> request.connection().close());
    boolean mayHaveBody = !isRead(request.method());
    if (mayHaveBody || guard.isDraining() || !admitted) {
      response.putHeader(HttpHeaders.CONNECTION, "close");
    }
    if (!admitted) {
      send(
          request,
          Answer.error(ErrorCode.TOOMANYREQUESTS, "too many connections; try again")
              .with("Retry-After", "1"));
      return;
    }
    Callable<Answer> work = () -> handler.apply(parsed);
    vertx
        .executeBlocking(work, false)
        .otherwise(HttpListener::defect)
        .onSuccess(answer -> sendWhenKnown(request, answer));
  }

  private static Answer defect(Throwable defect) {
    return Answer.error(ErrorCode.UNKNOWN, "internal error: " + defect);
  }

  private void sendWhenKnown(HttpServerRequest request, Answer answer) {
    if (!(answer.body() instanceof Answer.Waiting waiting)) {
      send(request, answer);
      return;
    }
    Context loop = vertx.getOrCreateContext();
    Thread.startVirtualThread(
        () -> {
          Answer known;
          try {
            known = waiting.answer().get();
          } catch (RuntimeException unexpected) {
            known = defect(unexpected);
          }
          Answer sent = known;
          loop.runOnContext(unused -> send(request, sent));
        });
  }

  private static boolean isRead(HttpMethod method) {
    return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
  }

  private static RegistryRequest parse(HttpServerRequest request) {
    Map<String, List<String>> headers = new HashMap<>();
    for (var header : request.headers()) {
      headers
          .computeIfAbsent(header.getKey().toLowerCase(Locale.ROOT), unused -> new ArrayList<>())
          .add(header.getValue());
    }
    Map<String, String> query = new HashMap<>();
    for (var parameter : request.params()) {
      query.put(parameter.getKey(), parameter.getValue());
    }
    String path = request.path();
    return new RegistryRequest(request.method().name(), path == null ? "" : path, query, headers);
  }

  private void send(HttpServerRequest request, Answer answer) {
    HttpServerResponse response = request.response();
    if (response.closed() || response.ended()) {
      return;
    }
    boolean insists = request.headers().contains(PeerClient.INSISTS);
    if (answer.body() instanceof Answer.FilePart part
        && !transfers.mayBegin(part.file(), part.length(), insists)) {
      send(
          request,
          Answer.error(ErrorCode.TOOMANYREQUESTS, "too many blobs are being sent; try again")
              .with("Retry-After", "1"));
      return;
    }
    response.setStatusCode(answer.status());
    answer.headers().forEach(response::putHeader);
    if (answer.status() != 304) {
      response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(answer.body().length()));
    }
    boolean closing = "close".equals(response.headers().get(HttpHeaders.CONNECTION));
    Future<Void> sent;
    if (request.method().equals(HttpMethod.HEAD) || answer.status() == 304) {
      sent = response.end();
    } else {
      sent =
          switch (answer.body()) {
            case Answer.Bytes bytes -> response.end(Buffer.buffer(bytes.content()));
            case Answer.FilePart part -> sendFile(response, part);
            case Answer.InFlight part -> FlightSender.send(response, part);
            case Answer.Waiting unknown ->
                throw new IllegalStateException("an answer must be known to be sent");
          };
    }
    sent.onComplete(
        result -> {
          if (result.failed() && !response.headWritten() && !response.closed()) {
            response.headers().clear();
            send(request, Answer.error(ErrorCode.UNAVAILABLE, "the blob can't be read now"));
          } else if (result.failed() || closing) {
            request.connection().close();
          }
        });
  }

  private Future<Void> sendFile(HttpServerResponse response, Answer.FilePart part) {
    boolean counted = transfers.begin(part.file(), part.length());
    return response
        .sendFile(part.file().toString(), part.offset(), part.length())
        .onComplete(
            unused -> {
              if (counted) {
                transfers.end();
              }
            });
  }

  /**
   * Stops taking connections, and waits until the answers under way are sent.
   *
   * @return whether they are, before the deadline
   */
  boolean drain(long deadlineNanos) throws InterruptedException {
    guard.drain();
    while (guard.activeRequests() > 0 && System.nanoTime() < deadlineNanos) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    return guard.activeRequests() == 0;
  }
}
