package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/**
 * Tries gateways in order of preference, then the providers that a router names, and again where
 * that may help.
 */
final class GatewayPool {
  /** So many times all gateways are tried while some fail in ways that may pass. */
  private static final int ROUNDS = 4;

  private static final long FIRST_WAIT = TimeUnit.MILLISECONDS.toNanos(500);
  private static final int MAX_DOUBLINGS = 4;

  /** One thing to try at a gateway. */
  interface Attempt<T> {
    T at(Gateway gateway) throws GatewayFailure;
  }

  private final List<Gateway> listed;
  private final List<Gateway> found = new CopyOnWriteArrayList<>();
  private final Optional<ProviderSearch> search;
  private final RunControl control;
  private final long notFoundNanos;
  private final AtomicReference<Cid> root = new AtomicReference<>();

  GatewayPool(GatewayOptions options, RunControl control, GatewayHttp http) {
    this.listed = options.gateways().stream().map(Gateway::listed).toList();
    this.search = options.router().map(router -> new ProviderSearch(router, options, http));
    this.control = control;
    this.notFoundNanos = options.notFoundAfter().toNanos();
  }

  List<SourceUse> uses() {
    return Stream.concat(all().stream().map(Gateway::use), search.stream().map(ProviderSearch::use))
        .toList();
  }

  /** The first gateway that may be asked now for a file's plain bytes. */
  Optional<Gateway> plain() {
    return all().stream()
        .filter(g -> g.isInPlay() && g.hasPlain() && g.pauseLeft() <= 0)
        .findFirst();
  }

  /** Whether another gateway than this could go on. */
  boolean hasAlternative(Gateway gateway) {
    return all().stream().anyMatch(g -> g != gateway && g.isInPlay());
  }

  /**
   * Tries until a gateway succeeds.
   *
   * @throws FetchException what the gateways said, if none did
   */
  <T> T obtain(Cid want, Attempt<T> attempt) {
    root.compareAndSet(null, want);
    Map<Gateway, GatewayFailure> said = new LinkedHashMap<>();
    long absentSince = 0;
    int rounds = 0;
    for (int wave = 0; ; wave++) {
      boolean tried = false;
      for (Gateway gateway : all()) {
        control.checkCancelled();
        if (!gateway.isInPlay()) {
          continue;
        }
        if (control.isPastDeadline()) {
          throw atDeadline(want, verdict(said));
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
      if (findMore(want)) {
        continue;
      }
      GatewayVerdict verdict = verdict(said);
      boolean absent = verdict.says(GatewayFailure.Kind.ABSENT);
      boolean mayPass = verdict.says(GatewayFailure.Kind.TRANSIENT);
      if (!absent && !mayPass) {
        throw verdict.toException(want);
      }
      if (mayPass) {
        absentSince = 0;
        rounds += tried ? 1 : 0;
        if (rounds >= ROUNDS) {
          throw verdict.toException(want);
        }
      } else {
        long now = System.nanoTime();
        absentSince = absentSince == 0 ? now : absentSince;
        if (now - absentSince >= notFoundNanos) {
          throw verdict.toException(want);
        }
      }
      rest(wave, absentSince);
    }
  }

  private GatewayVerdict verdict(Map<Gateway, GatewayFailure> said) {
    return new GatewayVerdict(listed, found, said, search.flatMap(ProviderSearch::trouble));
  }

  private FetchException atDeadline(Cid want, GatewayVerdict verdict) {
    boolean told =
        verdict.says(GatewayFailure.Kind.ABSENT) || verdict.says(GatewayFailure.Kind.TRANSIENT);
    return told ? verdict.toException(want) : RunControl.deadlinePassed("block " + want);
  }

  /** Whether the router has named someone who wasn't known before. */
  private boolean findMore(Cid want) {
    return search.map(router -> found.addAll(router.find(want, root.get()))).orElse(false);
  }

  private List<Gateway> all() {
    return Stream.concat(listed.stream(), found.stream()).toList();
  }

  /** Waits until it makes sense to try again: until a pause ends, else a growing time. */
  private void rest(int wave, long absentSince) {
    long wait = FIRST_WAIT << Math.min(wave, MAX_DOUBLINGS);
    wait += ThreadLocalRandom.current().nextLong(wait / 4);
    if (absentSince == 0) {
      long shortest = Long.MAX_VALUE;
      for (Gateway gateway : all()) {
        long left = gateway.pauseLeft();
        if (gateway.isInPlay() && left > 0) {
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
}
