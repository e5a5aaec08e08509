package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;

/**
 * Asks other node registries. What a peer can't give, another one or a gateway can: every failure
 * is counted and costs little. Thread-safe.
 *
 * <p>All methods throw a {@link dev.ipfstee.fetcher.report.FetchException} only when the run is
 * cancelled or its deadline has passed, and pass on what the sink throws.
 */
public final class PeerClient implements AutoCloseable {
  private static final Timeout DIAL = Timeout.ofSeconds(1);
  private static final Duration HEADERS = Duration.ofSeconds(5);

  private static final RequestConfig CONFIG =
      RequestConfig.custom()
          .setConnectionRequestTimeout(Timeout.of(HEADERS))
          .setResponseTimeout(Timeout.DISABLED)
          .setProtocolUpgradeEnabled(false)
          .setAuthenticationEnabled(false)
          .build();

  private final PeerOptions options;
  private final RunControl control;
  private final CloseableHttpClient client;

  public PeerClient(PeerOptions options) {
    this.options = options;
    this.control = new RunControl(Instant.now(), options.deadline());
    this.client =
        HttpSetup.client(
                new AddressPolicy(Set.of(), true),
                options.certificateAuthorities(),
                DIAL,
                options.userAgent())
            .build();
  }

  /**
   * Streams a blob, from the first peer that has it; when that breaks off, the rest from the next
   * one. The bytes mean nothing before the caller has compared their digest.
   *
   * @param image the repository
   * @param size how many bytes it must have
   * @param order whom to ask
   * @return empty when they didn't give all of it, whatever was written
   */
  public Optional<PeerBytes> read(
      Cid image, Digest digest, long size, List<Peer> order, OutputStream sink) {
    Set<Peer> contributors = new LinkedHashSet<>();
    CountingSink counted = new CountingSink(sink, "blob " + digest);
    for (Peer peer : order) {
      if (!peer.isUsable()) {
        continue;
      }
      long from = counted.written();
      try (Exchange exchange = get(peer, blob(image, digest), from)) {
        check(exchange, from, size);
        contributors.add(peer);
        exchange.copyTo(counted, size - from);
        return Optional.of(new PeerBytes(contributors));
      } catch (GatewayFailure failure) {
        note(peer, failure);
      }
    }
    return Optional.empty();
  }

  /**
   * Reads a small answer.
   *
   * @param maxBytes the most that is read
   * @return empty when the peer has none
   */
  public Optional<byte[]> read(Peer peer, String path, int maxBytes) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Exchange exchange = get(peer, path, 0)) {
      long length = exchange.contentLength();
      check(exchange, 0, length);
      if (length < 0 || length > maxBytes) {
        throw failure(GatewayFailure.Kind.OVERSIZED, "its answer has " + length + " bytes");
      }
      exchange.copyTo(new CountingSink(bytes, path), length);
      return Optional.of(bytes.toByteArray());
    } catch (GatewayFailure failure) {
      note(peer, failure);
      return Optional.empty();
    }
  }

  private static String blob(Cid image, Digest digest) {
    return "/v2/ipfs/" + image + "/blobs/" + digest;
  }

  private static void note(Peer peer, GatewayFailure failure) {
    if (failure.kind() != GatewayFailure.Kind.ABSENT) {
      peer.failed();
    }
  }

  private Exchange get(Peer peer, String path, long from) throws GatewayFailure {
    for (int attempt = 0; ; attempt++) {
      control.checkCancelled();
      HttpGet request = new HttpGet(URI.create(peer.base() + path));
      if (from > 0) {
        request.setHeader("Range", "bytes=" + from + "-");
      }
      request.setConfig(CONFIG);
      RunControl.Watch watch = control.watch(request::cancel);
      try {
        watch.due(HEADERS.toNanos());
        ClassicHttpResponse response =
            client.executeOpen(GatewayHttp.target(peer.base()), request, null);
        watch.notDue();
        return new Exchange(
            request, response, watch, peer::received, options.stallTimeout().toNanos(), false);
      } catch (IOException e) {
        watch.close();
        if (!HttpSetup.isStale(e) || attempt > 0 || watch.stop() != null) {
          throw Exchange.failure(watch, e, false);
        }
      } catch (RuntimeException e) {
        watch.close();
        throw e;
      }
    }
  }

  private static void check(Exchange exchange, long from, long size) throws GatewayFailure {
    int status = exchange.status();
    if (status == 404) {
      throw failure(GatewayFailure.Kind.ABSENT, "it hasn't got it");
    }
    String range = "bytes " + from + "-" + (size - 1) + "/" + size;
    boolean asked =
        from == 0
            ? status == 200
            : status == 206 && exchange.header("Content-Range").orElse("").equals(range);
    String encoding = exchange.header("Content-Encoding").orElse("identity");
    if (!asked
        || exchange.contentLength() != size - from
        || !encoding.equalsIgnoreCase("identity")) {
      throw failure(GatewayFailure.Kind.UNSUPPORTED, "it answered " + status);
    }
  }

  private static GatewayFailure failure(GatewayFailure.Kind kind, String message) {
    return new GatewayFailure(kind, Reason.GATEWAY_ERROR, message);
  }

  /** Breaks off everything under way, and gives up all connections. */
  @Override
  public void close() {
    control.close();
    client.close(CloseMode.IMMEDIATE);
  }
}
