package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.store.DiskHash.Look;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Watches over the blobs of a store while it is served, and needs no right to write. Every few
 * seconds it looks whether a file was touched, and hashes it at once if so; and slowly it hashes
 * all of them, over and over, because a disk that forgets touches no file. It marks what is wrong
 * and leaves the mending to the next fetch, which hashes what is there before it relies on it.
 */
public final class StoreWatch implements AutoCloseable {
  private final StoreReader store;
  private final Settings settings;
  private final Listener listener;
  private final ConcurrentMap<Digest, Look> seen = new ConcurrentHashMap<>();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder passes = new LongAdder();
  private final List<Thread> threads;

  /**
   * How closely to watch.
   *
   * @param look how long from one look at the files to the next
   * @param rate at most so many bytes a second are read for the passes over everything; 0 for no
   *     passes
   * @param interval how long from the start of one pass to that of the next, unless it takes longer
   */
  public record Settings(Duration look, long rate, Duration interval) {}

  /** Is told what is found, once for each damage. */
  public interface Listener {
    /**
     * @param finding what is wrong, in words
     */
    void damaged(Digest digest, String finding);
  }

  private StoreWatch(StoreReader store, Settings settings, Listener listener) {
    this.store = store;
    this.settings = settings;
    this.listener = listener;
    this.threads =
        List.of(
            Thread.ofPlatform().daemon().name("store-watch").unstarted(this::lookForEver),
            Thread.ofPlatform().daemon().name("store-scrub").unstarted(this::passForEver));
  }

  /** Starts to watch. */
  public static StoreWatch start(StoreReader store, Settings settings, Listener listener) {
    StoreWatch watch = new StoreWatch(store, settings, listener);
    watch.threads.forEach(Thread::start);
    return watch;
  }

  /** Whether this blob was found wrong and its file hasn't been replaced since. */
  public boolean isDamaged(Digest digest) {
    Look last = seen.get(digest);
    return last != null && last.finding().isPresent() && isSameFile(digest, last);
  }

  /** What is wrong, by digest. */
  public Map<Digest, String> damages() {
    Map<Digest, String> damages = new TreeMap<>(Comparator.comparing(Digest::toString));
    seen.forEach(
        (digest, last) ->
            last.finding()
                .filter(unused -> isSameFile(digest, last))
                .ifPresent(finding -> damages.put(digest, finding)));
    return damages;
  }

  /** How many bytes have been hashed. */
  public long bytes() {
    return bytes.sum();
  }

  /** How often all blobs have been hashed. */
  public long passes() {
    return passes.sum();
  }

  private boolean isSameFile(Digest digest, Look last) {
    try {
      return last.state().isSameFile(FileState.of(store.layout().blob(digest)));
    } catch (IOException gone) {
      return false;
    }
  }

  private void lookForEver() {
    DiskHash hash = new DiskHash(store.layout(), new Pace(Long.MAX_VALUE), bytes);
    repeat(settings.look(), () -> look(hash));
  }

  private void passForEver() {
    if (settings.rate() > 0) {
      DiskHash hash = new DiskHash(store.layout(), new Pace(settings.rate()), bytes);
      repeat(settings.interval(), () -> pass(hash));
    }
  }

  /** One round of what is repeated. */
  private interface Round {
    void run() throws ClosedByInterruptException;
  }

  private static void repeat(Duration interval, Round round) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        long start = System.nanoTime();
        round.run();
        TimeUnit.NANOSECONDS.sleep(interval.toNanos() - (System.nanoTime() - start));
      }
    } catch (InterruptedException | ClosedByInterruptException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private void look(DiskHash hash) throws ClosedByInterruptException {
    List<Digest> blobs = blobs();
    for (Digest digest : blobs) {
      FileState state;
      try {
        state = FileState.of(store.layout().blob(digest));
      } catch (IOException gone) {
        continue;
      }
      // A new file was verified by the fetch that wrote it; a file that changes is nobody's work.
      Look last = seen.putIfAbsent(digest, new Look(state, Optional.empty()));
      if (last == null ? state.isWrittenInPlace() : !last.state().equals(state)) {
        check(digest, hash);
      }
    }
    seen.keySet().retainAll(new HashSet<>(blobs));
  }

  /** In another order each time, so that no blob's turn never comes where pods don't live long. */
  private void pass(DiskHash hash) throws ClosedByInterruptException {
    List<Digest> blobs = blobs();
    Collections.shuffle(blobs);
    for (Digest digest : blobs) {
      check(digest, hash);
    }
    passes.increment();
  }

  private List<Digest> blobs() {
    try {
      return store.blobs();
    } catch (FetchException notReadable) {
      return List.of();
    }
  }

  private void check(Digest digest, DiskHash hash) throws ClosedByInterruptException {
    try {
      hash.look(digest).ifPresent(look -> see(digest, look));
    } catch (ClosedByInterruptException closed) {
      throw closed;
    } catch (IOException gone) {
      seen.remove(digest);
    }
  }

  private void see(Digest digest, Look look) {
    Look last = seen.put(digest, look);
    boolean known =
        last != null
            && last.finding().equals(look.finding())
            && last.state().isSameFile(look.state());
    look.finding().filter(unused -> !known).ifPresent(f -> listener.damaged(digest, f));
  }

  /** Stops, at once. */
  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
  }
}
