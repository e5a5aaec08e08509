package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Gets a directory of many small files as one CAR, each of which would cost round trips of its own,
 * and tokens of a gateway's budget. It only fills the cache, once for each directory: what it
 * doesn't bring is fetched as if it hadn't been tried, and how a gateway failed is for that to find
 * out, unless it lied. Thread-safe.
 */
final class DirectoryAhead {
  /** With fewer files there is little to win. */
  private static final int MIN_FILES = 32;

  /** What the cache holds beside other blocks. */
  private static final long MAX_BYTES = 6 << 20;

  private final Supplier<Optional<Gateway>> gateways;
  private final BlockClient client;
  private final BlockCache cache;
  private final Map<Cid, Boolean> tried = new ConcurrentHashMap<>();

  /**
   * @param gateways whoever is to be asked for a CAR now
   */
  DirectoryAhead(Supplier<Optional<Gateway>> gateways, BlockClient client, BlockCache cache) {
    this.gateways = gateways;
    this.client = client;
    this.cache = cache;
  }

  /** Blocks until it is there, or given up; others who need it meanwhile wait too. */
  void get(DagNode directory) {
    if (directory.linkCount() >= MIN_FILES && directory.links().claimedSize() <= MAX_BYTES) {
      tried.computeIfAbsent(directory.cid(), cid -> tryAt(directory));
    }
  }

  private boolean tryAt(DagNode directory) {
    Optional<Gateway> gateway = gateways.get();
    if (gateway.isEmpty()) {
      return false;
    }
    try (Exchange exchange = client.directory(gateway.get(), directory.cid())) {
      exchange.adopt();
      take(directory, exchange);
      return true;
    } catch (GatewayFailure failure) {
      if (failure.kind() == GatewayFailure.Kind.LIED) {
        gateway.get().failed(failure);
      }
      return false;
    }
  }

  private void take(DagNode directory, Exchange exchange) throws GatewayFailure {
    Set<Multihash> expected = new HashSet<>(Set.of(directory.cid().multihash()));
    expect(directory, expected);
    BlockHasher hasher = new BlockHasher();
    CarReader reader = new CarReader(exchange);
    try {
      reader.readHeader();
      for (long bytes = 0; bytes <= MAX_BYTES && reader.next(); bytes += reader.blockLength()) {
        Cid cid = reader.cid();
        if (cid == null || !expected.contains(cid.multihash())) {
          return;
        }
        BlockClient.verify(reader, hasher);
        int start = reader.blockOffset();
        byte[] block = Arrays.copyOfRange(reader.buffer(), start, start + reader.blockLength());
        cache.put(cid.multihash(), block);
        expect(DagNode.decode(cid, block, 0, block.length), expected);
      }
    } catch (CarException e) {
      throw GatewayAnswer.failure(e);
    } catch (IOException e) {
      throw exchange.failure(e);
    } catch (FetchException unusable) {
      // Told by whoever needs that block, if anybody does.
    }
  }

  private static void expect(DagNode node, Set<Multihash> expected) {
    for (int i = 0; i < node.linkCount(); i++) {
      expected.add(node.links().cid(i).multihash());
    }
  }
}
