package dev.ipfstee.fetcher.registry;

import io.vertx.core.http.HttpConnection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Bounds what clients can hold: so many connections, each closed when no complete request has come
 * for a while, however slowly it trickles in. A few connections above the limit are accepted, to be
 * told so with 503; the rest are closed.
 */
final class ConnectionGuard {
  private static final int REFUSALS = 64;
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final int maxConnections;
  private final ConcurrentMap<HttpConnection, State> connections = new ConcurrentHashMap<>();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger active = new AtomicInteger();
  private volatile boolean draining;

  ConnectionGuard(int maxConnections) {
    this.maxConnections = maxConnections;
  }

  private static final class State {
    private final boolean refused;
    private volatile boolean busy;
    private volatile long since = System.nanoTime();

    State(boolean refused) {
      this.refused = refused;
    }
  }

  /** Takes note of a new connection. */
  void opened(HttpConnection connection) {
    int count = open.incrementAndGet();
    State state = new State(count > maxConnections);
    connections.put(connection, state);
    connection.closeHandler(
        unused -> {
          open.decrementAndGet();
          connections.remove(connection);
          finished(state);
        });
    if (draining || count > maxConnections + REFUSALS) {
      connection.close();
    }
  }

  /** A request came in. Whether it is to be answered; otherwise there are too many connections. */
  boolean begin(HttpConnection connection) {
    State state = connections.get(connection);
    if (state == null || state.refused) {
      return false;
    }
    synchronized (state) {
      state.busy = true;
    }
    active.incrementAndGet();
    return true;
  }

  /** The answer is sent. */
  void end(HttpConnection connection) {
    State state = connections.get(connection);
    if (state != null) {
      finished(state);
    }
  }

  private void finished(State state) {
    synchronized (state) {
      if (state.busy) {
        state.busy = false;
        state.since = System.nanoTime();
        active.decrementAndGet();
      }
    }
  }

  /** Closes connections on which no complete request has come for a minute. */
  void sweep() {
    long now = System.nanoTime();
    connections.forEach(
        (connection, state) -> {
          if (!state.busy && now - state.since > IDLE_NANOS) {
            connection.close();
          }
        });
  }

  /** From now on new connections are closed, and idle ones too. */
  void drain() {
    draining = true;
    connections.forEach(
        (connection, state) -> {
          if (!state.busy) {
            connection.close();
          }
        });
  }

  boolean isDraining() {
    return draining;
  }

  int openConnections() {
    return open.get();
  }

  /** How many requests are being answered. */
  int activeRequests() {
    return active.get();
  }
}
