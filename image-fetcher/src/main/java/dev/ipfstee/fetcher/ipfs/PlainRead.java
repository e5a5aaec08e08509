package dev.ipfstee.fetcher.ipfs;

import java.io.OutputStream;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a file's plain bytes, and after a break the rest of them from there or elsewhere. Gives up
 * early: whatever it can't get, a walk of the blocks can. One for each file, used by one thread.
 *
 * @see <a href="https://specs.ipfs.tech/http-gateways/path-gateway/">path gateway</a>
 */
final class PlainRead {
  /** Requests that bring nothing new, after which blocks are tried. */
  private static final int FAILURES = 4;

  private final GatewayPool pool;
  private final BlockClient client;
  private final RunControl control;
  private final FilePart part;
  private final CountingSink sink;
  private final Set<Gateway> contributors = new LinkedHashSet<>();

  PlainRead(
      GatewayPool pool, BlockClient client, RunControl control, FilePart part, OutputStream sink) {
    this.pool = pool;
    this.client = client;
    this.control = control;
    this.part = part;
    this.sink = new CountingSink(sink, "the content of " + part.file());
  }

  /** Reads it all; empty if that can't be done now. */
  Optional<PlainBytes> run() {
    int failures = 0;
    while (sink.written() < part.length() && failures < FAILURES && !control.isPastDeadline()) {
      control.checkCancelled();
      long before = sink.written();
      boolean range = before > 0 || !part.isAll();
      if (!pool.hasPlain(range)) {
        return Optional.empty();
      }
      Optional<HedgedStart.Begun<Exchange>> begun =
          pool.beginPlain(
              range,
              gateway -> client.plain(gateway, part, before),
              Exchange::close,
              (gateway, failure) -> note(gateway, failure, range, false));
      if (begun.isPresent()) {
        Gateway gateway = begun.get().gateway();
        try {
          read(gateway, begun.get().result());
          gateway.succeeded();
        } catch (GatewayFailure failure) {
          note(gateway, failure, range, sink.written() > before);
        } finally {
          gateway.endPlainStream();
        }
      }
      failures = sink.written() > before ? 0 : failures + 1;
    }
    return sink.written() == part.length()
        ? Optional.of(new PlainBytes(contributors))
        : Optional.empty();
  }

  private void read(Gateway gateway, Exchange begun) throws GatewayFailure {
    long before = sink.written();
    try (Exchange exchange = begun) {
      exchange.adopt();
      exchange.copyTo(sink, part.length() - before);
    } finally {
      if (sink.written() > before) {
        contributors.add(gateway);
      }
    }
  }

  private void note(Gateway gateway, GatewayFailure failure, boolean range, boolean progress) {
    switch (failure.kind()) {
      case TRANSIENT -> {
        if (progress) {
          gateway.brokeOff(failure);
          if (pool.hasAlternative(gateway)) {
            gateway.pause(failure.retryAfter());
          }
        } else {
          gateway.failed(failure);
        }
      }
      // A trustless gateway need not have this form; what it has of the file, its blocks will tell.
      default -> {
        if (range && failure.kind() == GatewayFailure.Kind.UNSUPPORTED) {
          gateway.noteWithoutPlainRanges();
        } else {
          gateway.noteWithoutPlain();
        }
      }
    }
  }
}
