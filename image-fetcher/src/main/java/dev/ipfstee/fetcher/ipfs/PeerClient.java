package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpHead;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
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
  /** The header of a request that a busy peer has turned away for a while. */
  public static final String INSISTS = "Ipfs-Tee-Insists";

  private static final int BUSY = 503;
  private static final int ABSENT = 404;
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
   * Begins to read a blob. Nothing is asked yet.
   *
   * @param image the repository
   * @param size how many bytes it must have
   */
  public PeerRead read(Cid image, Digest digest, long size, OutputStream sink) {
    return new PeerRead(this, image, digest, size, sink);
  }

  /**
   * Whether a peer has a blob, and could give it now.
   *
   * @param insists whether all who have it have been busy for a while
   * @param patience how long its answer may take
   */
  public PeerAnswer<Offer> offer(
      Peer peer, Cid image, Digest digest, long size, boolean insists, Duration patience) {
    HttpHead request = new HttpHead(uri(peer, blob(image, digest)));
    insist(request, insists);
    try (Exchange exchange = send(peer, request, patience)) {
      return switch (exchange.status()) {
        case 200 ->
            exchange.header("Content-Length").equals(Optional.of(Long.toString(size)))
                ? new PeerAnswer.Has<>(new Offer(peer, false))
                : new PeerAnswer.Lacks<>();
        case BUSY -> new PeerAnswer.Has<>(new Offer(peer, true));
        case ABSENT -> new PeerAnswer.Lacks<>();
        default -> new PeerAnswer.Silent<>("it answered " + exchange.status());
      };
    } catch (GatewayFailure noAnswer) {
      return silent(noAnswer, patience);
    }
  }

  /**
   * A peer that has a blob.
   *
   * @param busy whether it gives as much to others as it can
   */
  public record Offer(Peer peer, boolean busy) {}

  /**
   * Reads a small answer.
   *
   * @param maxBytes the most that is read
   * @param patience how long it may take until the answer begins
   */
  public PeerAnswer<byte[]> read(Peer peer, String path, int maxBytes, Duration patience) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Exchange exchange = send(peer, new HttpGet(uri(peer, path)), patience)) {
      long length = exchange.contentLength();
      check(exchange, 0, length);
      if (length < 0 || length > maxBytes) {
        throw failure(GatewayFailure.Kind.OVERSIZED, "its answer has " + length + " bytes");
      }
      exchange.copyTo(new CountingSink(bytes, path), length);
      return new PeerAnswer.Has<>(bytes.toByteArray());
    } catch (GatewayFailure failure) {
      if (failure.kind() == GatewayFailure.Kind.ABSENT) {
        return new PeerAnswer.Lacks<>();
      }
      // One that is slow to say what it has may still send it.
      if (failure.reason() != Reason.GATEWAY_TIMEOUT) {
        peer.failed();
      }
      return silent(failure, patience);
    }
  }

  private static <T> PeerAnswer<T> silent(GatewayFailure failure, Duration patience) {
    return new PeerAnswer.Silent<>(
        failure.reason() == Reason.GATEWAY_TIMEOUT
            ? "no answer within " + patience.toMillis() + " ms"
            : failure.getMessage());
  }

  private static String blob(Cid image, Digest digest) {
    return "/v2/ipfs/" + image + "/blobs/" + digest;
  }

  private static URI uri(Peer peer, String path) {
    return URI.create(peer.base() + path);
  }

  /** Asks for a blob, from this byte on, and checks that this is what comes. */
  Exchange get(Peer peer, Cid image, Digest digest, long from, long size, boolean insists)
      throws GatewayFailure {
    HttpGet request = new HttpGet(uri(peer, blob(image, digest)));
    insist(request, insists);
    if (from > 0) {
      request.setHeader("Range", "bytes=" + from + "-");
    }
    Exchange exchange = send(peer, request, HEADERS);
    try {
      check(exchange, from, size);
      return exchange;
    } catch (GatewayFailure | RuntimeException e) {
      exchange.close();
      throw e;
    }
  }

  private static void insist(HttpUriRequestBase request, boolean insists) {
    if (insists) {
      request.setHeader(INSISTS, "yes");
    }
  }

  private Exchange send(Peer peer, HttpUriRequestBase request, Duration patience)
      throws GatewayFailure {
    request.setConfig(CONFIG);
    for (int attempt = 0; ; attempt++) {
      control.checkCancelled();
      RunControl.Watch watch = control.watch(request::cancel);
      try {
        watch.due(patience.toNanos());
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
        if (watch.stop() != null) {
          // The client doesn't expect to be broken off at every moment.
          throw Exchange.failure(watch, new IOException(e), false);
        }
        throw e;
      }
    }
  }

  /** Lets some time pass, more or less. */
  void pause(Duration about) {
    long nanos = about.toNanos();
    control.sleep(nanos / 2 + ThreadLocalRandom.current().nextLong(nanos));
  }

  private static void check(Exchange exchange, long from, long size) throws GatewayFailure {
    int status = exchange.status();
    if (status == BUSY) {
      throw new GatewayFailure(
          GatewayFailure.Kind.TRANSIENT, Reason.RATE_LIMITED, "it is busy with others");
    }
    if (status == ABSENT) {
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
