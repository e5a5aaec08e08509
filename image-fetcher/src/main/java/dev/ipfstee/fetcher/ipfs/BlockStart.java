package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Begins to get blocks from a gateway: as a CAR, where one is of use and the gateway has them, else
 * one by one. What a gateway can do is found by trying, and kept in mind for the run. Thread-safe.
 */
final class BlockStart {
  /** Single blocks that are fetched after a CAR that was of no use, before the next CAR. */
  private static final int REPAIRS = 16;

  private final GatewayPool pool;
  private final BlockClient client;
  private final AtomicInteger repairs = new AtomicInteger();

  BlockStart(GatewayPool pool, BlockClient client) {
    this.pool = pool;
    this.client = client;
  }

  /** A CAR at its first block, or a single block. */
  record Begun(Exchange exchange, CarReader car, byte[] block) implements AutoCloseable {
    @Override
    public void close() {
      if (exchange != null) {
        exchange.close();
      }
    }
  }

  /**
   * Begins with whatever brings the awaited block.
   *
   * @param planned the CAR that would do; null for none
   */
  Begun at(Gateway gateway, Cid awaited, DagWalk.Stretch planned) throws GatewayFailure {
    if (planned == null || !isOffered(gateway, planned) || repairs.get() > 0) {
      return single(gateway, awaited, false, null);
    }
    GatewayFailure fault = null;
    try {
      Begun car = openCar(gateway, planned);
      if (car != null) {
        return car;
      }
    } catch (GatewayFailure failure) {
      fault = carFault(gateway, planned, failure, false);
    }
    return inVain(gateway, awaited, fault);
  }

  /** A single block was of use. */
  void repaired() {
    repairs.updateAndGet(left -> Math.max(0, left - 1));
  }

  /**
   * The block that a CAR should have brought.
   *
   * @param fault what was wrong with the CAR, or null
   */
  Begun inVain(Gateway gateway, Cid awaited, GatewayFailure fault) throws GatewayFailure {
    if (gateway.isOut()) {
      throw new GatewayFailure(
          GatewayFailure.Kind.ABSENT, Reason.BLOCK_MISMATCH, "it was dropped meanwhile");
    }
    repairs.set(REPAIRS);
    return single(gateway, awaited, true, fault);
  }

  /**
   * Fetches one block.
   *
   * @param inVain whether a CAR should have brought it
   * @param fault what was wrong with that CAR, or null
   */
  private Begun single(Gateway gateway, Cid awaited, boolean inVain, GatewayFailure fault)
      throws GatewayFailure {
    try {
      byte[] block = client.block(gateway, awaited, new BlockHasher());
      if (inVain) {
        gateway.noteCarFailure(); // It has the block, but its CAR didn't bring it.
      }
      return new Begun(null, null, block);
    } catch (GatewayFailure failure) {
      // Garbage as a CAR and nothing as a block: the garbage is what to tell.
      throw failure.kind() == GatewayFailure.Kind.ABSENT && fault != null ? fault : failure;
    }
  }

  /** Null if it ends before its first block. */
  private Begun openCar(Gateway gateway, DagWalk.Stretch planned) throws GatewayFailure {
    long from = gateway.hasRanges() ? planned.from() : 0;
    Exchange exchange = client.entity(gateway, planned.root(), from, planned.to());
    Begun begun = null;
    try {
      CarReader reader = new CarReader(exchange);
      reader.readHeader();
      if (reader.next()) {
        BlockClient.verify(reader, new BlockHasher());
        begun = new Begun(exchange, reader, null);
      }
      return begun;
    } catch (CarException e) {
      throw GatewayAnswer.failure(e);
    } catch (IOException e) {
      throw exchange.failure(e);
    } finally {
      if (begun == null) {
        exchange.close();
      }
    }
  }

  /** A gateway without ranges would send all of a file for each part of it. */
  private static boolean isOffered(Gateway gateway, DagWalk.Stretch planned) {
    return gateway.hasCar() && (gateway.hasRanges() || planned.to() == DagWalk.Stretch.END);
  }

  /**
   * What a failed CAR means for this attempt: thrown if the gateway should not be asked further,
   * returned if a single block may still be had.
   */
  GatewayFailure carFault(
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
}
