package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.fetch.DiskBudget;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.Peer;
import dev.ipfstee.fetcher.ipfs.PeerClient;
import dev.ipfstee.fetcher.ipfs.PeerRead;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.BlobWriter;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Brings blobs from peers into the store, each once however many ask for it. Thread-safe. */
final class Flights implements AutoCloseable {
  /** Each needs half a mebibyte. */
  private static final int AT_A_TIME = 16;

  /** A client whose connection is idle for a minute is cut off. */
  private static final Duration PATIENCE = Duration.ofSeconds(45);

  /** By then a peer that was served before has had time to become a source itself. */
  private static final Duration POLITENESS = Duration.ofSeconds(15);

  private static final int PAUSE_MILLIS = 500;

  private final PullStore store;
  private final PeerDirectory peers;
  private final PeerClient client;
  private final Consumer<Flight> landed;
  private final RegistryMetrics metrics;
  private final JsonLog log;
  private final Map<Digest, Flight> underWay = new ConcurrentHashMap<>();
  private final Semaphore slots = new Semaphore(AT_A_TIME, true);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * @param landed is told of each blob that is stored, before those who follow it are
   */
  Flights(
      PullStore store,
      PeerDirectory peers,
      PeerClient client,
      Consumer<Flight> landed,
      RegistryMetrics metrics,
      JsonLog log) {
    this.store = store;
    this.peers = peers;
    this.client = client;
    this.landed = landed;
    this.metrics = metrics;
    this.log = log;
  }

  /** The flight of this blob that is under way, else a new one. */
  Flight board(Cid image, Digest digest, long size) {
    return underWay.computeIfAbsent(
        digest,
        unused -> {
          Flight flight = new Flight(image, digest, size);
          threads.execute(() -> fly(flight));
          return flight;
        });
  }

  /** The CIDs for which anything is under way. */
  Set<String> images() {
    return underWay.values().stream()
        .map(flight -> flight.image().toString())
        .collect(Collectors.toSet());
  }

  /** Where a blob is when its flight has landed. */
  Path file(Digest digest) {
    return store.get().reader().layout().blob(digest);
  }

  private void fly(Flight first) {
    Optional<Flight> flight = Optional.of(first);
    Flight current = first;
    try {
      slots.acquire();
      try {
        while (flight.isPresent()) {
          current = flight.get();
          flight = attempt(current);
        }
      } finally {
        slots.release();
      }
    } catch (FetchException | InterruptedException failure) {
      log.warn(
          "failed to pull a blob from peers",
          Map.of(
              "blob", current.digest().toString(), "cause", String.valueOf(failure.getMessage())));
      lose(current, RegistryMetrics.Pull.FAILED, String.valueOf(failure.getMessage()));
    } finally {
      // Whatever happened, nobody waits for ever.
      underWay.remove(current.digest(), current);
      current.lose("it failed", Optional.empty());
    }
  }

  /** Flies once; what comes back is to be flown instead. */
  private Optional<Flight> attempt(Flight flight) throws InterruptedException {
    BlobStore open = store.get();
    try {
      return attempt(flight, open);
    } finally {
      // From here on the image that it is pulled for keeps it.
      open.release(List.of(flight.digest()));
    }
  }

  private Optional<Flight> attempt(Flight flight, BlobStore open) throws InterruptedException {
    if (open.hasVerified(flight.digest(), flight.size())) {
      land(flight);
      return Optional.empty();
    }
    DiskBudget disk = store.budget();
    disk.require(flight.size());
    try (BlobWriter writer = open.write(flight.digest(), flight.size())) {
      PeerRead read =
          client.read(
              flight.image(), flight.digest(), flight.size(), new Sink(flight, writer, disk));
      if (!arrives(flight, read)) {
        return Optional.empty();
      }
      try {
        writer.commit();
      } catch (FetchException failure) {
        if (failure.reason() != Reason.DIGEST_MISMATCH) {
          throw failure;
        }
        return Optional.of(reject(flight, read));
      }
    }
    metrics.pulled(RegistryMetrics.Pull.STORED);
    land(flight);
    return Optional.empty();
  }

  /** Whether all bytes have come. */
  private boolean arrives(Flight flight, PeerRead read) throws InterruptedException {
    long start = System.nanoTime();
    while (true) {
      boolean insists = System.nanoTime() - start > POLITENESS.toNanos();
      Survey<PeerClient.Offer> offers =
          peers.offers(flight.image(), flight.digest(), flight.size(), insists);
      List<Peer> free =
          offers.found().stream()
              .filter(offer -> !offer.busy())
              .map(PeerClient.Offer::peer)
              .toList();
      if (read.from(free, insists)) {
        return true;
      }
      if (offers.found().isEmpty() && read.written() == 0) {
        offers.requireFoundOrLacked();
        lose(flight, RegistryMetrics.Pull.MISSED, Flight.ABSENT);
        return false;
      }
      if (System.nanoTime() - start > PATIENCE.toNanos()) {
        offers.requireFoundOrLacked();
        lose(flight, RegistryMetrics.Pull.BUSY, Flight.BUSY);
        return false;
      }
      Thread.sleep(PAUSE_MILLIS / 2 + ThreadLocalRandom.current().nextInt(PAUSE_MILLIS));
    }
  }

  private Flight reject(Flight flight, PeerRead read) {
    read.bytes().wrong();
    log.warn(
        "a peer sent wrong bytes and isn't asked for a while",
        Map.of("blob", flight.digest().toString(), "peer", read.bytes().toString()));
    metrics.pulled(RegistryMetrics.Pull.REJECTED);
    Flight next = new Flight(flight.image(), flight.digest(), flight.size());
    underWay.put(flight.digest(), next);
    flight.lose("a peer sent wrong bytes", Optional.of(next));
    return next;
  }

  private void land(Flight flight) {
    landed.accept(flight);
    underWay.remove(flight.digest(), flight);
    flight.land();
  }

  private void lose(Flight flight, RegistryMetrics.Pull how, String why) {
    metrics.pulled(how);
    underWay.remove(flight.digest(), flight);
    flight.lose(why, Optional.empty());
  }

  /** Writes, and lets those who follow read what is written. */
  private final class Sink extends OutputStream {
    private final Flight flight;
    private final BlobWriter writer;
    private final DiskBudget disk;

    Sink(Flight flight, BlobWriter writer, DiskBudget disk) {
      this.flight = flight;
      this.writer = writer;
      this.disk = disk;
    }

    @Override
    public void write(int value) {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      disk.spend(length);
      writer.write(bytes, offset, length);
      writer.flush();
      metrics.pulledBytes(length);
      flight.reach(writer.file(), writer.written());
    }
  }

  /** Breaks off what is under way. */
  @Override
  public void close() {
    client.close();
    threads.shutdownNow();
    threads.close();
  }
}
