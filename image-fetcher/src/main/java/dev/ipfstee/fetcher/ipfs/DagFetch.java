package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/**
 * Brings a walk the blocks it needs: CARs while they are of use, single blocks where few are
 * missing or a gateway has no CARs. After a break it goes on with the next missing block, at the
 * same or the next gateway; what was taken is never asked for again. One for each walk, used by one
 * thread.
 */
final class DagFetch {
  /** Bytes of blocks that came before their turn. */
  private static final int MAX_ASIDE = 8 << 20;

  /** Single blocks that are asked for at once from a gateway without CARs. */
  private static final int AHEAD = 8;

  /** Single blocks that are fetched after a CAR that was of no use, before the next CAR. */
  private static final int REPAIRS = 16;

  private final GatewayPool pool;
  private final BlockClient client;
  private final BlockCache cache;
  private final ExecutorService threads;
  private final DagWalk walk;
  private final BlockHasher hasher = new BlockHasher();
  private final Map<Multihash, byte[]> aside = new HashMap<>();
  private final Map<Multihash, Future<byte[]>> ahead = new HashMap<>();
  private int asideBytes;
  private int repairs;
  private long taken;
  private boolean carUsed;

  DagFetch(
      GatewayPool pool,
      BlockClient client,
      BlockCache cache,
      ExecutorService threads,
      DagWalk walk) {
    this.pool = pool;
    this.client = client;
    this.cache = cache;
    this.threads = threads;
    this.walk = walk;
  }

  /**
   * Completes the walk.
   *
   * @param whole the CAR that brings all of it
   */
  void run(DagWalk.Stretch whole) {
    try {
      while (takeLocal()) {
        pool.obtain(walk.next(), gateway -> attempt(gateway, whole));
      }
    } finally {
      ahead.values().forEach(future -> future.cancel(true));
    }
  }

  /** Takes all blocks that need no gateway; false when the walk is complete. */
  private boolean takeLocal() {
    for (Cid next = walk.next(); next != null; next = walk.next()) {
      byte[] block = local(next.multihash());
      if (block == null) {
        return true;
      }
      walk.accept(block, 0, block.length);
      taken++;
    }
    return false;
  }

  private byte[] local(Multihash block) {
    if (block.function() == Multihash.Function.IDENTITY) {
      return block.digest();
    }
    byte[] kept = aside.remove(block);
    if (kept != null) {
      asideBytes -= kept.length;
      return kept;
    }
    Future<byte[]> coming = ahead.remove(block);
    if (coming != null) {
      try {
        byte[] bytes = coming.get();
        if (bytes != null) {
          return bytes;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw RunControl.cancelled();
      } catch (ExecutionException e) {
        // Asked for again in its turn, where its failure counts.
      }
    }
    return cache.get(block);
  }

  /** Gets at least one block taken, or fails. */
  private Boolean attempt(Gateway gateway, DagWalk.Stretch whole) throws GatewayFailure {
    long before = taken;
    GatewayFailure fault = null;
    DagWalk.Stretch planned = carUsed ? walk.missing() : whole;
    boolean inVain = false;
    if (planned != null && isOffered(gateway, planned) && repairs == 0) {
      try {
        takeCar(gateway, planned);
      } catch (GatewayFailure failure) {
        fault = carFault(gateway, planned, failure, taken > before);
      }
      if (taken > before) {
        carUsed = true;
        return true;
      }
      if (gateway.isOut()) {
        throw new GatewayFailure(
            GatewayFailure.Kind.ABSENT, Reason.BLOCK_MISMATCH, "it was dropped meanwhile");
      }
      repairs = REPAIRS;
      inVain = true;
    }
    if (takeLocal()) {
      takeSingle(gateway, fault);
      if (inVain) {
        gateway.noteCarFailure(); // It has the block, but its CAR didn't bring it.
      }
    }
    return true;
  }

  /** A gateway without ranges would send all of a file for each part of it. */
  private static boolean isOffered(Gateway gateway, DagWalk.Stretch planned) {
    return gateway.hasCar() && (gateway.hasRanges() || planned.to() == DagWalk.Stretch.END);
  }

  /**
   * What a failed CAR means for this attempt: thrown if the gateway should not be asked further,
   * returned if a single block may still be had.
   */
  private GatewayFailure carFault(
      Gateway gateway, DagWalk.Stretch planned, GatewayFailure failure, boolean progress)
      throws GatewayFailure {
    switch (failure.kind()) {
      case LIED, REFUSED -> throw failure;
      case ABSENT -> {}
      case UNSUPPORTED -> {
        boolean isRange = planned.from() > 0 || planned.to() != DagWalk.Stretch.END;
        if (isRange && gateway.hasRanges()) {
          gateway.noteWithoutRanges();
        } else {
          gateway.noteWithoutCar();
        }
      }
      case MALFORMED, OVERSIZED -> {
        gateway.noteWithoutCar();
        gateway.brokeOff(failure);
        return failure;
      }
      case TRANSIENT -> {
        if (!progress && failure.reason() != Reason.GATEWAY_ERROR) {
          gateway.noteCarFailure();
          throw failure;
        }
        gateway.brokeOff(failure);
        if (progress && pool.hasAlternative(gateway)) {
          gateway.pause(failure.retryAfter());
        }
      }
    }
    return null;
  }

  private void takeCar(Gateway gateway, DagWalk.Stretch planned) throws GatewayFailure {
    long from = gateway.hasRanges() ? planned.from() : 0;
    try (Exchange exchange = client.entity(gateway, planned.root(), from, planned.to())) {
      CarReader reader = new CarReader(exchange);
      try {
        reader.readHeader();
        while (takeLocal() && !gateway.isOut() && reader.next()) {
          BlockClient.verify(reader, hasher);
          take(gateway, reader);
        }
      } catch (CarException e) {
        throw GatewayAnswer.failure(e);
      } catch (IOException e) {
        throw exchange.failure(e);
      }
    }
  }

  private void take(Gateway gateway, CarReader reader) throws GatewayFailure {
    if (reader.cid() == null) {
      return;
    }
    Multihash block = reader.cid().multihash();
    if (block.equals(walk.next().multihash())) {
      walk.accept(reader.buffer(), reader.blockOffset(), reader.blockLength());
      taken++;
    } else if (!walk.isPast(block) && !aside.containsKey(block)) {
      int length = reader.blockLength();
      if (asideBytes + length > MAX_ASIDE) {
        // The awaited block was left out or comes late: get it, so that the kept ones are used.
        Cid awaited = walk.next();
        byte[] bytes = client.block(gateway, awaited, hasher);
        cache.put(awaited.multihash(), bytes);
        accept(awaited, bytes);
        return;
      }
      int start = reader.blockOffset();
      aside.put(block, Arrays.copyOfRange(reader.buffer(), start, start + length));
      asideBytes += length;
    }
  }

  private void takeSingle(Gateway gateway, GatewayFailure fault) throws GatewayFailure {
    try {
      if (!gateway.hasCar() || !gateway.hasRanges()) {
        askAhead(gateway);
      }
      Cid awaited = walk.next();
      accept(awaited, client.block(gateway, awaited, hasher));
      repairs = Math.max(0, repairs - 1);
    } catch (GatewayFailure failure) {
      // Garbage as a CAR and nothing as a block: the garbage is what to tell.
      throw failure.kind() == GatewayFailure.Kind.ABSENT && fault != null ? fault : failure;
    }
  }

  private void accept(Cid cid, byte[] bytes) {
    if (cid.equals(walk.next())) {
      walk.accept(bytes, 0, bytes.length);
      taken++;
    }
  }

  /** Single blocks one after the other would cost a round trip each. */
  private void askAhead(Gateway gateway) {
    for (Cid cid : walk.upcoming(AHEAD + 1).stream().skip(1).distinct().toList()) {
      Multihash block = cid.multihash();
      if (ahead.size() < AHEAD && !cid.isIdentity() && !ahead.containsKey(block)) {
        ahead.put(block, threads.submit(() -> blockAhead(gateway, cid)));
      }
    }
  }

  private byte[] blockAhead(Gateway gateway, Cid cid) {
    try {
      return client.block(gateway, cid, new BlockHasher());
    } catch (GatewayFailure failure) {
      if (failure.kind() == GatewayFailure.Kind.LIED) {
        gateway.failed(failure);
      }
      return null;
    }
  }
}
