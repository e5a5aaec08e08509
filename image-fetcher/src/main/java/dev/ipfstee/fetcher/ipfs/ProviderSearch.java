package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Asks a router who has content that the listed gateways haven't. Thread-safe.
 *
 * @see <a href="https://specs.ipfs.tech/routing/http-routing-v1/">Delegated Routing V1</a>
 */
final class ProviderSearch {
  /** Hosts that strangers named, so only a few are talked to in a run. */
  static final int MAX_PROVIDERS = 5;

  /** A file whose every block is missing must not become as many questions. */
  private static final int MAX_QUESTIONS = 16;

  private static final int MAX_FAILURES = 3;
  private static final int MAX_ANSWER = 1 << 20;
  private static final String ACCEPT = "application/x-ndjson, application/json";

  /** Routers themselves give up after 25 seconds. */
  private static final long ANSWER_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final Gateway router;
  private final GatewayTuning tuning;
  private final GatewayHttp http;
  private final boolean plainHttp;
  private final ReentrantLock one = new ReentrantLock();
  private final Set<Multihash> answered = new HashSet<>();
  private final Set<URI> known = new HashSet<>();
  private int questions;
  private int failures;
  private int providers;
  private volatile GatewayFailure last;

  ProviderSearch(URI router, GatewayOptions options, GatewayHttp http) {
    this.tuning = options.tuning();
    this.router = Gateway.listed(router, tuning);
    this.http = http;
    this.plainHttp = options.allowHttp();
    known.addAll(options.gateways());
  }

  /**
   * Providers that weren't known before.
   *
   * @param want what is missing
   * @param root what the run began with: most publishers announce nothing but the root of what they
   *     have
   */
  List<Gateway> find(Cid want, Cid root) {
    try {
      one.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw RunControl.cancelled();
    }
    try {
      List<Gateway> found = ask(want);
      return found.isEmpty() ? ask(root) : found;
    } finally {
      one.unlock();
    }
  }

  private List<Gateway> ask(Cid cid) {
    boolean isOver =
        providers == MAX_PROVIDERS || questions == MAX_QUESTIONS || failures == MAX_FAILURES;
    if (isOver || answered.contains(cid.multihash())) {
      return List.of();
    }
    questions++;
    List<Gateway> found = new ArrayList<>();
    try {
      for (URI base : providers(cid)) {
        if (providers < MAX_PROVIDERS && known.add(base)) {
          providers++;
          found.add(Gateway.found(base, tuning));
        }
      }
      answered.add(cid.multihash());
    } catch (GatewayFailure failure) {
      failures++;
      last = failure;
      router.failed(failure);
    }
    return found;
  }

  private List<URI> providers(Cid cid) throws GatewayFailure {
    String addresses = plainHttp ? "https,tls,http" : "https,tls";
    String path =
        "/routing/v1/providers/"
            + cid
            + "?filter-protocols=transport-ipfs-gateway-http,unknown&filter-addrs="
            + addresses;
    try (Exchange exchange = http.get(router, cid, path, ACCEPT, GatewayBudget.Use.PLAIN)) {
      if (exchange.status() == 404) {
        return List.of();
      }
      if (exchange.status() != 200) {
        throw GatewayAnswer.refusal(exchange, exchange.status());
      }
      return ProviderRecords.read(body(exchange), plainHttp);
    } catch (IOException e) {
      throw new GatewayFailure(
          GatewayFailure.Kind.UNSUPPORTED,
          Reason.GATEWAY_ERROR,
          "it answers something else than provider records");
    }
  }

  /** All of it, or what came in time: a router streams for as long as it searches. */
  private static byte[] body(Exchange exchange) throws GatewayFailure {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    byte[] buffer = new byte[16 << 10];
    long end = System.nanoTime() + ANSWER_NANOS;
    try {
      for (int n = exchange.read(buffer, 0, buffer.length);
          n >= 0 && System.nanoTime() < end;
          n = exchange.read(buffer, 0, buffer.length)) {
        if (body.size() + n > MAX_ANSWER) {
          throw new GatewayFailure(
              GatewayFailure.Kind.OVERSIZED,
              Reason.GATEWAY_ERROR,
              "it answers more than " + MAX_ANSWER + " bytes");
        }
        body.write(buffer, 0, n);
      }
    } catch (IOException e) {
      throw exchange.failure(e);
    }
    return body.toByteArray();
  }

  /** What went wrong last. */
  Optional<GatewayFailure> trouble() {
    return Optional.ofNullable(last);
  }

  /** Use of the router. */
  SourceUse use() {
    return router.use();
  }
}
