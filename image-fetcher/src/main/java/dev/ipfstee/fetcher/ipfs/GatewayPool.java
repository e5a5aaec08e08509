package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Tries gateways in order of preference, again where that may help, and says why none did. */
final class GatewayPool {
  /** So many times all gateways are tried while some fail in ways that may pass. */
  private static final int ROUNDS = 4;

  private static final long FIRST_WAIT = TimeUnit.MILLISECONDS.toNanos(500);
  private static final int MAX_DOUBLINGS = 4;

  /** One thing to try at a gateway. */
  interface Attempt<T> {
    T at(Gateway gateway) throws GatewayFailure;
  }

  private final List<Gateway> gateways;
  private final RunControl control;
  private final long notFoundNanos;

  GatewayPool(GatewayOptions options, RunControl control) {
    this.gateways = options.gateways().stream().map(Gateway::new).toList();
    this.control = control;
    this.notFoundNanos = options.notFoundAfter().toNanos();
  }

  List<SourceUse> uses() {
    return gateways.stream().map(Gateway::use).toList();
  }

  /** The first gateway that may be asked now for a file's plain bytes. */
  Optional<Gateway> plain() {
    return gateways.stream()
        .filter(g -> !g.isOut() && g.refusal() == null && g.hasPlain() && g.pauseLeft() <= 0)
        .findFirst();
  }

  /** Whether another gateway than this could go on. */
  boolean hasAlternative(Gateway gateway) {
    return gateways.stream().anyMatch(g -> g != gateway && !g.isOut() && g.refusal() == null);
  }

  /**
   * Tries until a gateway succeeds.
   *
   * @throws FetchException what the gateways said, if none did
   */
  <T> T obtain(Cid want, Attempt<T> attempt) {
    Map<Gateway, GatewayFailure> said = new LinkedHashMap<>();
    long absentSince = 0;
    int rounds = 0;
    for (int wave = 0; ; wave++) {
      boolean tried = false;
      for (Gateway gateway : gateways) {
        control.checkCancelled();
        if (gateway.isOut() || gateway.refusal() != null) {
          continue;
        }
        if (control.isPastDeadline()) {
          throw atDeadline(want, said);
        }
        if (gateway.pauseLeft() > 0) {
          said.putIfAbsent(gateway, gateway.last());
          continue;
        }
        try {
          T result = attempt.at(gateway);
          gateway.succeeded();
          return result;
        } catch (GatewayFailure failure) {
          tried |= failure.kind() == GatewayFailure.Kind.TRANSIENT;
          gateway.failed(failure);
          said.put(gateway, failure);
        }
      }
      boolean absent = says(said, GatewayFailure.Kind.ABSENT);
      boolean mayPass = says(said, GatewayFailure.Kind.TRANSIENT);
      if (!absent && !mayPass) {
        throw summary(want, said);
      }
      if (mayPass) {
        absentSince = 0;
        rounds += tried ? 1 : 0;
        if (rounds >= ROUNDS) {
          throw summary(want, said);
        }
      } else {
        long now = System.nanoTime();
        absentSince = absentSince == 0 ? now : absentSince;
        if (now - absentSince >= notFoundNanos) {
          throw summary(want, said);
        }
      }
      rest(wave, absentSince);
    }
  }

  private boolean says(Map<Gateway, GatewayFailure> said, GatewayFailure.Kind kind) {
    return said.entrySet().stream()
        .anyMatch(
            e ->
                !e.getKey().isOut() && e.getKey().refusal() == null && e.getValue().kind() == kind);
  }

  /** Waits until it makes sense to try again: until a pause ends, else a growing time. */
  private void rest(int wave, long absentSince) {
    long wait = FIRST_WAIT << Math.min(wave, MAX_DOUBLINGS);
    wait += ThreadLocalRandom.current().nextLong(wait / 4);
    if (absentSince == 0) {
      long shortest = Long.MAX_VALUE;
      for (Gateway gateway : gateways) {
        long left = gateway.pauseLeft();
        if (!gateway.isOut() && gateway.refusal() == null && left > 0) {
          shortest = Math.min(shortest, left);
        }
      }
      wait = shortest == Long.MAX_VALUE ? wait : shortest;
    } else {
      long left = absentSince + notFoundNanos - System.nanoTime();
      wait = Math.min(wait, Math.max(left, TimeUnit.MILLISECONDS.toNanos(10)));
    }
    control.sleep(wait);
  }

  private FetchException atDeadline(Cid want, Map<Gateway, GatewayFailure> said) {
    boolean told =
        says(said, GatewayFailure.Kind.ABSENT) || says(said, GatewayFailure.Kind.TRANSIENT);
    return told ? summary(want, said) : RunControl.deadlinePassed("block " + want);
  }

  /**
   * The verdict of all gateways on one block. Liars and those that send garbage don't count as long
   * as another has something to say; one that may work later outweighs one that has nothing.
   */
  private FetchException summary(Cid want, Map<Gateway, GatewayFailure> said) {
    Map<Gateway, GatewayFailure> others = new LinkedHashMap<>();
    for (Gateway gateway : gateways) {
      GatewayFailure failure = gateway.refusal() != null ? gateway.refusal() : said.get(gateway);
      if (!gateway.isOut() && failure != null) {
        others.put(gateway, failure);
      }
    }
    String liars =
        gateways.stream()
            .filter(Gateway::isOut)
            .map(g -> "gateway " + g + " sent bytes that don't match their CID and was dropped")
            .collect(Collectors.joining("; "));
    if (others.isEmpty()) {
      return new FetchException(
          Reason.BLOCK_MISMATCH,
          "failed to verify block " + want + ": " + liars + "; add a gateway that can be trusted");
    }
    String told =
        others.entrySet().stream()
            .map(e -> "gateway " + e.getKey() + ": " + e.getValue().getMessage())
            .collect(Collectors.joining("; "));
    return new FetchException(
        reason(others),
        "failed to fetch block " + want + ": " + told + (liars.isEmpty() ? "" : "; " + liars));
  }

  private static Reason reason(Map<Gateway, GatewayFailure> others) {
    List<GatewayFailure.Kind> order =
        List.of(
            GatewayFailure.Kind.TRANSIENT,
            GatewayFailure.Kind.REFUSED,
            GatewayFailure.Kind.ABSENT,
            GatewayFailure.Kind.UNSUPPORTED,
            GatewayFailure.Kind.OVERSIZED,
            GatewayFailure.Kind.MALFORMED);
    return order.stream()
        .flatMap(kind -> others.values().stream().filter(failure -> failure.kind() == kind))
        .findFirst()
        .map(GatewayFailure::reason)
        .orElse(Reason.GATEWAY_ERROR);
  }
}
