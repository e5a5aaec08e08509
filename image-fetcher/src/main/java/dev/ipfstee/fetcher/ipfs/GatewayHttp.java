package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
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
  private static final long BUDGET_SLACK = 64L << 20;
  private static final int MAX_REDIRECTS = 2;

  private final GatewayOptions options;
  private final RunControl control;
  private final CloseableHttpClient client;
  private final AddressPolicy policy;
  private final Timeout dial;
  private final ResponseTimes times;
  private final Set<Gateway> judged = ConcurrentHashMap.newKeySet();
  private final AtomicLong received = new AtomicLong();
  private final long budget;

  GatewayHttp(GatewayOptions options, RunControl control) {
    this.options = options;
    this.control = control;
    long twice =
        options.maxBytes() > Long.MAX_VALUE / 4 ? Long.MAX_VALUE / 2 : 2 * options.maxBytes();
    this.budget = twice + BUDGET_SLACK;
    this.policy = policy(options);
    this.dial = Timeout.of(options.tuning().connectTimeout());
    this.times = new ResponseTimes(options.tuning().hedgeAfter());
    this.client = client();
  }

  private CloseableHttpClient client() {
    HttpClientBuilder builder =
        HttpSetup.client(policy, options.certificateAuthorities(), dial, options.userAgent());
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
   */
  Exchange get(Gateway gateway, Cid cid, String pathAndQuery, String accept, GatewayBudget.Use use)
      throws GatewayFailure {
    return get(gateway, cid, pathAndQuery, accept, use, null);
  }

  /**
   * As above.
   *
   * @param range the Range header, or null for all of it
   */
  Exchange get(
      Gateway gateway,
      Cid cid,
      String pathAndQuery,
      String accept,
      GatewayBudget.Use use,
      String range)
      throws GatewayFailure {
    if (judged.add(gateway) && isOwn(gateway)) {
      gateway.budget().liftRate();
    }
    GatewayBudget.Permit permit = gateway.budget().take(use, control);
    try {
      Sending sending = new Sending(gateway, accept, headers(use), range);
      return follow(sending, cid, URI.create(gateway.base() + pathAndQuery)).holding(permit);
    } catch (GatewayFailure | RuntimeException e) {
      permit.close();
      throw e;
    }
  }

  /** How long the head of an answer may take: gateways search the network before they begin. */
  private Duration headers(GatewayBudget.Use use) {
    return use == GatewayBudget.Use.BLOCK
        ? options.tuning().blockTimeout()
        : options.tuning().firstByteTimeout();
  }

  /** How many requests a minute one's own gateway can bear is one's own affair. */
  private boolean isOwn(Gateway gateway) {
    boolean proxied = options.proxy().filter(p -> p.covers(target(gateway.base()))).isPresent();
    HostPort host = gateway.host();
    return !proxied && policy.isPrivate(host.host(), host.portFor(gateway.base().getScheme()));
  }

  private record Sending(Gateway gateway, String accept, Duration headers, String range) {}

  private Exchange follow(Sending sending, Cid cid, URI first) throws GatewayFailure {
    Gateway gateway = sending.gateway();
    URI uri = first;
    for (int hop = 0; ; hop++) {
      if (hop > 0) {
        gateway.budget().awaitRate(control);
      }
      Exchange exchange = send(sending, uri);
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

  private Exchange send(Sending sending, URI uri) throws GatewayFailure {
    Gateway gateway = sending.gateway();
    checkLiteralBehindProxy(uri);
    for (int attempt = 0; ; attempt++) {
      control.checkCancelled();
      HttpGet request = new HttpGet(uri);
      request.setHeader("Accept", sending.accept());
      if (sending.range() != null) {
        request.setHeader("Range", sending.range());
      }
      token(gateway, uri).ifPresent(token -> request.setHeader("Authorization", "Bearer " + token));
      request.setConfig(
          RequestConfig.custom()
              .setConnectionRequestTimeout(Timeout.of(sending.headers()))
              .setResponseTimeout(Timeout.DISABLED)
              .setProtocolUpgradeEnabled(false)
              .setAuthenticationEnabled(false)
              .build());
      RunControl.Watch watch = control.watch(request::cancel);
      try {
        long began = System.nanoTime();
        watch.due(sending.headers().plus(dial.toDuration()).toNanos());
        ClassicHttpResponse response =
            client.executeOpen(target(uri), request, ProxyRoute.context(options.proxy()));
        watch.notDue();
        times.add(System.nanoTime() - began);
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
        throw SendFailure.of(watch, e, guarded(gateway), dial);
      } catch (RuntimeException e) {
        watch.close();
        if (watch.stop() != null) {
          // The client doesn't expect to be broken off at every moment.
          throw SendFailure.of(watch, new IOException(e), guarded(gateway), dial);
        }
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
        throw SendFailure.refused(e);
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

  /** Nanoseconds after which a gateway's silence is a reason to ask another one too. */
  long patience() {
    return times.patience();
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
