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

  /**
   * Bytes of blocks beside a part, one after the other: a gateway that sends more doesn't know of
   * parts, and would send all before it each time.
   */
  private static final int MAX_BESIDE = 2 * DagLimits.MAX_BLOCK;

  /** Single blocks that are asked for at once from a gateway without CARs. */
  private static final int AHEAD = 8;

  private final GatewayPool pool;
  private final BlockClient client;
  private final BlockStart start;
  private final BlockCache cache;
  private final ExecutorService threads;
  private final DagWalk walk;
  private final BlockHasher hasher = new BlockHasher();
  private final Map<Multihash, byte[]> aside = new HashMap<>();
  private final Map<Multihash, Future<byte[]>> ahead = new HashMap<>();
  private int asideBytes;
  private Gateway aheadFrom;
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
    this.start = new BlockStart(pool, client);
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
        pool.obtain(walk.next(), new Attempt(walk.next(), carUsed ? walk.missing() : whole));
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
        askAhead(1);
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

  /** A try to get at least one block taken. */
  private final class Attempt implements GatewayPool.Attempt<BlockStart.Begun, Void> {
    private final Cid awaited;
    private final DagWalk.Stretch planned;

    /**
     * @param planned the CAR to ask for; null for none
     */
    Attempt(Cid awaited, DagWalk.Stretch planned) {
      this.awaited = awaited;
      this.planned = planned;
    }

    @Override
    public BlockStart.Begun at(Gateway gateway) throws GatewayFailure {
      return start.at(gateway, awaited, planned);
    }

    @Override
    public Void goOn(Gateway gateway, BlockStart.Begun begun) throws GatewayFailure {
      if (begun.car() == null) {
        takeSingle(gateway, begun.block());
      } else {
        takeCar(gateway, planned, begun);
      }
      return null;
    }

    @Override
    public void discard(BlockStart.Begun begun) {
      begun.close();
    }
  }

  private void takeCar(Gateway gateway, DagWalk.Stretch planned, BlockStart.Begun begun)
      throws GatewayFailure {
    long before = taken;
    GatewayFailure fault = null;
    try (Exchange exchange = begun.exchange()) {
      exchange.adopt();
      takeBlocks(gateway, planned, exchange, begun.car());
    } catch (GatewayFailure failure) {
      fault = start.carFault(gateway, planned, failure, taken > before);
    }
    if (taken > before) {
      carUsed = true;
    } else if (takeLocal()) {
      takeSingle(gateway, start.inVain(gateway, walk.next(), fault).block());
    }
  }

  /** All blocks of a CAR, the first of which was read. */
  private void takeBlocks(
      Gateway gateway, DagWalk.Stretch planned, Exchange exchange, CarReader reader)
      throws GatewayFailure {
    long beside = 0;
    try {
      do {
        long before = taken;
        take(gateway, reader);
        beside = taken > before ? 0 : beside + reader.blockLength();
        if (beside > MAX_BESIDE && planned.from() > 0 && gateway.hasRanges()) {
          throw new GatewayFailure(
              GatewayFailure.Kind.UNSUPPORTED,
              Reason.GATEWAY_ERROR,
              "it sends all of a file as a CAR where a part was asked for");
        }
      } while (nextWanted(gateway, reader));
    } catch (CarException e) {
      throw GatewayAnswer.failure(e);
    } catch (IOException e) {
      throw exchange.failure(e);
    }
  }

  private boolean nextWanted(Gateway gateway, CarReader reader)
      throws IOException, CarException, GatewayFailure {
    if (!takeLocal() || gateway.isOut() || !reader.next()) {
      return false;
    }
    BlockClient.verify(reader, hasher);
    return true;
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

  private void takeSingle(Gateway gateway, byte[] block) {
    accept(walk.next(), block);
    start.repaired();
    aheadFrom = gateway.hasCar() && gateway.hasRanges() ? null : gateway;
    if (walk.next() != null) {
      askAhead(0);
    }
  }

  private void accept(Cid cid, byte[] bytes) {
    if (cid.equals(walk.next())) {
      walk.accept(bytes, 0, bytes.length);
      taken++;
    }
  }

  /**
   * Single blocks one after the other would cost a round trip each.
   *
   * @param have how many of the next blocks are there already
   */
  private void askAhead(int have) {
    if (aheadFrom == null || !aheadFrom.isInPlay()) {
      return;
    }
    Gateway gateway = aheadFrom;
    for (Cid cid : walk.upcoming(AHEAD + have).stream().skip(have).distinct().toList()) {
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
