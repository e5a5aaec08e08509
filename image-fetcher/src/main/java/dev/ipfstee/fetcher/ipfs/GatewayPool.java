package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
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

  /**
   * What to try at gateways.
   *
   * @param <S> what is begun
   * @param <T> what comes of it
   */
  interface Attempt<S, T> extends HedgedStart.Start<S> {
    /** Goes on with what was begun, in the caller's thread. */
    T goOn(Gateway gateway, S begun) throws GatewayFailure;

    /** Closes what was begun and isn't needed; in any thread. */
    void discard(S begun);
  }

  private final List<Gateway> listed;
  private final List<Gateway> found = new CopyOnWriteArrayList<>();
  private final Optional<ProviderSearch> search;
  private final RunControl control;
  private final GatewayHttp http;
  private final ExecutorService threads;
  private final long notFoundNanos;
  private final int streamsPerGateway;
  private final AtomicReference<Cid> root = new AtomicReference<>();

  GatewayPool(
      GatewayOptions options, RunControl control, GatewayHttp http, ExecutorService threads) {
    this.listed =
        options.gateways().stream().map(base -> Gateway.listed(base, options.tuning())).toList();
    this.http = http;
    this.threads = threads;
    this.search = options.router().map(router -> new ProviderSearch(router, options, http));
    this.control = control;
    this.notFoundNanos = options.notFoundAfter().toNanos();
    this.streamsPerGateway = options.tuning().cars();
  }

  List<SourceUse> uses() {
    return Stream.concat(all().stream().map(Gateway::use), search.stream().map(ProviderSearch::use))
        .toList();
  }

  /**
   * Whether a gateway may be asked now for a file's plain bytes.
   *
   * @param range whether for some of them only
   */
  boolean hasPlain(boolean range) {
    return !plain(range).isEmpty();
  }

  /** Whether some gateway may give a part of a file as a CAR. */
  boolean hasCarParts() {
    return all().stream().anyMatch(g -> g.isInPlay() && g.hasCar() && g.hasRanges());
  }

  /**
   * Begins to read a file's plain bytes at a gateway that may be asked for them now: all of them at
   * the first, some at the first that isn't busy with others, so that parts of a file come from
   * several. Whoever has read them tells {@link Gateway#endPlainStream}.
   *
   * @param range whether some of them only are asked for
   * @param failed is told of each failure
   * @return empty if that failed, or there is no such gateway
   */
  <S> Optional<HedgedStart.Begun<S>> beginPlain(
      boolean range,
      HedgedStart.Start<S> start,
      Consumer<S> discard,
      BiConsumer<Gateway, GatewayFailure> failed) {
    List<Gateway> able = reserve(range);
    if (able.isEmpty()) {
      return Optional.empty();
    }
    try {
      Optional<HedgedStart.Begun<S>> begun =
          begin(able, new HedgedStart<>(threads, start, discard, failed));
      begun.ifPresent(won -> won.gateway().beginPlainStream());
      return begun;
    } finally {
      able.get(0).endPlainStream();
    }
  }

  /** Who may be asked; the first counts as busy already, for who asks at the same time. */
  private synchronized List<Gateway> reserve(boolean range) {
    List<Gateway> able = plain(range);
    if (range) {
      able =
          able.stream()
              .sorted(Comparator.comparing(g -> g.plainStreams() >= streamsPerGateway))
              .toList();
    }
    able.stream().limit(1).forEach(Gateway::beginPlainStream);
    return able;
  }

  private List<Gateway> plain(boolean range) {
    return all().stream()
        .filter(g -> mayBeAsked(g) && (range ? g.hasPlainRanges() : g.hasPlain()))
        .toList();
  }

  private static boolean mayBeAsked(Gateway gateway) {
    return gateway.isInPlay() && gateway.pauseLeft() <= 0;
  }

  /**
   * @param able the first is asked, and if it is silent the second too
   */
  private <S> Optional<HedgedStart.Begun<S>> begin(List<Gateway> able, HedgedStart<S> start) {
    return able.size() < 2
        ? start.run(able.get(0))
        : start.run(able.get(0), able.get(1), http.patience());
  }

  /** The gateway that would be asked now, of those that can do something. */
  Optional<Gateway> first(Predicate<Gateway> able) {
    return all().stream().filter(g -> mayBeAsked(g) && able.test(g)).findFirst();
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
  <S, T> T obtain(Cid want, Attempt<S, T> attempt) {
    root.compareAndSet(null, want);
    Map<Gateway, GatewayFailure> said = new LinkedHashMap<>();
    long absentSince = 0;
    int rounds = 0;
    for (int wave = 0; ; wave++) {
      Set<Gateway> asked = new HashSet<>();
      BiConsumer<Gateway, GatewayFailure> failed =
          (gateway, failure) -> {
            asked.add(gateway);
            gateway.failed(failure);
            said.put(gateway, failure);
          };
      for (List<Gateway> able = able(asked, said); !able.isEmpty(); able = able(asked, said)) {
        control.checkCancelled();
        if (control.isPastDeadline()) {
          throw atDeadline(want, verdict(said));
        }
        Optional<HedgedStart.Begun<S>> begun =
            begin(able, new HedgedStart<>(threads, attempt, attempt::discard, failed));
        if (begun.isPresent()) {
          Gateway gateway = begun.get().gateway();
          try {
            T result = attempt.goOn(gateway, begun.get().result());
            gateway.succeeded();
            return result;
          } catch (GatewayFailure failure) {
            failed.accept(gateway, failure);
          }
        }
      }
      boolean tried =
          asked.stream().anyMatch(g -> said.get(g).kind() == GatewayFailure.Kind.TRANSIENT);
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

  /** Who may be asked now and wasn't yet; of the others, what they said last is kept in mind. */
  private List<Gateway> able(Set<Gateway> asked, Map<Gateway, GatewayFailure> said) {
    List<Gateway> left = all().stream().filter(g -> g.isInPlay() && !asked.contains(g)).toList();
    left.stream()
        .filter(gateway -> gateway.pauseLeft() > 0 && gateway.last() != null)
        .forEach(gateway -> said.putIfAbsent(gateway, gateway.last()));
    return left.stream().filter(GatewayPool::mayBeAsked).toList();
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
