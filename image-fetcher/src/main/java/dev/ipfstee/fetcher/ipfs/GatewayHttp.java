package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;

/** Sends requests to gateways: addresses, redirects, credentials, timeouts and byte counts. */
final class GatewayHttp implements AutoCloseable {
  private static final Timeout DIAL = Timeout.ofSeconds(5);
  private static final long BUDGET_SLACK = 64L << 20;
  private static final int MAX_REDIRECTS = 2;

  private final GatewayOptions options;
  private final RunControl control;
  private final CloseableHttpClient client;
  private final AtomicLong received = new AtomicLong();
  private final long budget;

  GatewayHttp(GatewayOptions options, RunControl control) {
    this.options = options;
    this.control = control;
    long twice =
        options.maxBytes() > Long.MAX_VALUE / 4 ? Long.MAX_VALUE / 2 : 2 * options.maxBytes();
    this.budget = twice + BUDGET_SLACK;
    this.client = client(options);
  }

  private static CloseableHttpClient client(GatewayOptions options) {
    HttpClientBuilder builder =
        HttpSetup.client(
            policy(options), options.certificateAuthorities(), DIAL, options.userAgent());
    options.proxy().map(ProxyRoute::new).ifPresent(builder::setRoutePlanner);
    return builder.build();
  }

  /** A proxy is named by the administrator, as a private host is. */
  private static AddressPolicy policy(GatewayOptions options) {
    Set<HostPort> privateHosts = new HashSet<>(options.privateHosts());
    options.proxy().map(proxy -> HostPort.of(proxy.url())).ifPresent(privateHosts::add);
    return new AddressPolicy(privateHosts, options.allowPrivateAddresses());
  }

  /**
   * Requests a path of a gateway and follows the redirects of subdomain gateways.
   *
   * @param cid what is asked for, the only label that a redirect may put before the host
   * @param headers how long the response's head may take
   */
  Exchange get(Gateway gateway, Cid cid, String pathAndQuery, String accept, Duration headers)
      throws GatewayFailure {
    return get(gateway, cid, pathAndQuery, accept, headers, null);
  }

  /**
   * As above.
   *
   * @param range the Range header, or null for all of it
   */
  Exchange get(
      Gateway gateway, Cid cid, String pathAndQuery, String accept, Duration headers, String range)
      throws GatewayFailure {
    URI uri = URI.create(gateway.base() + pathAndQuery);
    for (int hop = 0; ; hop++) {
      Exchange exchange = send(gateway, uri, accept, headers, range);
      if (exchange.status() < 301 || exchange.status() > 308 || exchange.status() == 304) {
        return exchange;
      }
      String location = exchange.header("Location").orElse("");
      exchange.close();
      if (hop == MAX_REDIRECTS) {
        throw Redirect.refused("it redirects more than " + MAX_REDIRECTS + " times");
      }
      uri = Redirect.follow(gateway, cid, uri, location, guarded(gateway));
    }
  }

  /** Whether it is told a token, and so might have it shown by what it sends. */
  private boolean guarded(Gateway gateway) {
    return token(gateway, gateway.base()).isPresent();
  }

  private Optional<String> token(Gateway gateway, URI uri) {
    return gateway.isFound() ? Optional.empty() : options.tokenFor(uri);
  }

  private Exchange send(Gateway gateway, URI uri, String accept, Duration headers, String range)
      throws GatewayFailure {
    checkLiteralBehindProxy(uri);
    for (int attempt = 0; ; attempt++) {
      control.checkCancelled();
      HttpGet request = new HttpGet(uri);
      request.setHeader("Accept", accept);
      if (range != null) {
        request.setHeader("Range", range);
      }
      token(gateway, uri).ifPresent(token -> request.setHeader("Authorization", "Bearer " + token));
      request.setConfig(
          RequestConfig.custom()
              .setConnectionRequestTimeout(Timeout.of(headers))
              .setResponseTimeout(Timeout.DISABLED)
              .setProtocolUpgradeEnabled(false)
              .setAuthenticationEnabled(false)
              .build());
      RunControl.Watch watch = control.watch(request::cancel);
      try {
        watch.due(headers.toNanos() + DIAL.toDuration().toNanos());
        ClassicHttpResponse response =
            client.executeOpen(target(uri), request, ProxyRoute.context(options.proxy()));
        watch.notDue();
        return new Exchange(
            request,
            response,
            watch,
            count -> count(gateway, count),
            options.stallTimeout().toNanos(),
            guarded(gateway));
      } catch (IOException e) {
        watch.close();
        if (HttpSetup.isStale(e) && attempt == 0 && watch.stop() == null) {
          continue;
        }
        throw failure(watch, e, guarded(gateway));
      } catch (RuntimeException e) {
        watch.close();
        throw e;
      }
    }
  }

  /** Behind a proxy names can't be judged here, but addresses can. */
  private void checkLiteralBehindProxy(URI uri) throws GatewayFailure {
    String host = uri.getHost();
    boolean proxied = options.proxy().filter(proxy -> proxy.covers(target(uri))).isPresent();
    if (proxied && host.matches("[0-9.]+|\\[.*]")) {
      try {
        new AddressPolicy(options.privateHosts(), options.allowPrivateAddresses())
            .resolve(host, HostPort.of(uri).portFor(uri.getScheme()));
      } catch (UnknownHostException e) {
        throw refused(e);
      }
    }
  }

  static HttpHost target(URI uri) {
    String host = uri.getHost();
    String name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    int port = uri.getPort() < 0 ? HostPort.defaultPort(uri.getScheme()) : uri.getPort();
    return new HttpHost(uri.getScheme(), name, port);
  }

  private void count(Gateway gateway, int count) {
    gateway.received(count);
    if (received.addAndGet(count) > budget) {
      throw new FetchException(
          Reason.GATEWAY_ERROR,
          "failed to go on fetching: the gateways have sent more than "
              + budget
              + " bytes, twice what may be stored (--max-bytes) and 64 MiB");
    }
  }

  private static GatewayFailure failure(RunControl.Watch watch, IOException e, boolean guarded) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof AddressPolicy.RefusedException refused) {
        return refused(refused);
      }
    }
    if (watch.stop() == null && !Thread.currentThread().isInterrupted()) {
      if (e instanceof UnknownHostException) {
        return new GatewayFailure(
            GatewayFailure.Kind.TRANSIENT, Reason.GATEWAY_ERROR, "its name can't be resolved");
      }
      if (e instanceof SocketTimeoutException) {
        return timeout("it can't be dialled in " + DIAL.toSeconds() + " s");
      }
      if (e instanceof InterruptedIOException) {
        return timeout("it has no connection left for this request");
      }
      if (e instanceof SSLException) {
        return new GatewayFailure(
            GatewayFailure.Kind.TRANSIENT,
            Reason.GATEWAY_ERROR,
            "TLS failed (" + Text.printable(tlsFailure(e, guarded)) + ")");
      }
    }
    if (watch.stop() == RunControl.Stop.OVERDUE) {
      return timeout("it sends no response");
    }
    return Exchange.failure(watch, e, guarded);
  }

  /** The names in a certificate, which come in brackets, are the gateway's own words. */
  private static String tlsFailure(IOException e, boolean guarded) {
    String message = String.valueOf(e.getMessage());
    int names = guarded ? message.indexOf('[') : -1;
    return names < 0 ? message : message.substring(0, names).strip();
  }

  private static GatewayFailure timeout(String message) {
    return new GatewayFailure(GatewayFailure.Kind.TRANSIENT, Reason.GATEWAY_TIMEOUT, message);
  }

  private static GatewayFailure refused(UnknownHostException e) {
    return new GatewayFailure(GatewayFailure.Kind.REFUSED, Reason.ADDRESS_REFUSED, e.getMessage());
  }

  /** Bytes of response bodies received so far. */
  long received() {
    return received.get();
  }

  @Override
  public void close() {
    client.close(CloseMode.IMMEDIATE);
  }
}
