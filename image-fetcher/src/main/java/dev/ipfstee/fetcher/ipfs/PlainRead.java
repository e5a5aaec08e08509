package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
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
  private static final int BUFFER = 256 << 10;

  /** Requests that bring nothing new, after which blocks are tried. */
  private static final int FAILURES = 4;

  private final GatewayPool pool;
  private final BlockClient client;
  private final RunControl control;
  private final FilePart part;
  private final OutputStream sink;
  private final Set<Gateway> contributors = new LinkedHashSet<>();
  private long written;

  PlainRead(
      GatewayPool pool, BlockClient client, RunControl control, FilePart part, OutputStream sink) {
    this.pool = pool;
    this.client = client;
    this.control = control;
    this.part = part;
    this.sink = sink;
  }

  /** Reads it all; empty if that can't be done now. */
  Optional<PlainBytes> run() {
    int failures = 0;
    while (written < part.length() && failures < FAILURES && !control.isPastDeadline()) {
      control.checkCancelled();
      Optional<Gateway> gateway = pool.plain();
      if (gateway.isEmpty()) {
        return Optional.empty();
      }
      long before = written;
      try {
        read(gateway.get());
        gateway.get().succeeded();
      } catch (GatewayFailure failure) {
        note(gateway.get(), failure, written > before);
      }
      failures = written > before ? 0 : failures + 1;
    }
    return written == part.length() ? Optional.of(new PlainBytes(contributors)) : Optional.empty();
  }

  private void read(Gateway gateway) throws GatewayFailure {
    try (Exchange exchange = client.plain(gateway, part, written)) {
      byte[] buffer = new byte[(int) Math.min(BUFFER, part.length())];
      while (true) {
        int count = read(exchange, buffer);
        if (count < 0 && written == part.length()) {
          return; // Read to the end, so that the connection can be used again.
        }
        if (count < 0) {
          throw new GatewayFailure(
              GatewayFailure.Kind.TRANSIENT, Reason.GATEWAY_ERROR, "it ended before the file did");
        }
        contributors.add(gateway);
        write(buffer, count);
        written += count;
      }
    }
  }

  private static int read(Exchange exchange, byte[] buffer) throws GatewayFailure {
    try {
      return exchange.read(buffer, 0, buffer.length);
    } catch (IOException e) {
      throw exchange.failure(e);
    }
  }

  private void write(byte[] buffer, int count) {
    try {
      sink.write(buffer, 0, count);
    } catch (IOException e) {
      throw new FetchException(
          Reason.IO_ERROR,
          "failed to write the content of " + part.file() + ": " + e.getMessage(),
          e);
    }
  }

  private void note(Gateway gateway, GatewayFailure failure, boolean progress) {
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
      default -> gateway.noteWithoutPlain();
    }
  }
}
