package dev.ipfstee.fetcher.ipfs;

import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** UnixFS over trustless gateways. */
final class VerifiedContent extends UnixFsContent {
  private final RunControl control;
  private final GatewayHttp http;
  private final GatewayPool pool;
  private final BlockClient client;
  private final BlockCache cache = new BlockCache();
  private final DirectoryAhead ahead;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  VerifiedContent(GatewayOptions options) {
    control = new RunControl(options);
    http = new GatewayHttp(options, control);
    client = new BlockClient(http);
    pool = new GatewayPool(options, control, http, threads);
    ahead = new DirectoryAhead(() -> pool.first(Gateway::hasCar), client, cache);
    BlockHasher.warmUpAside();
  }

  @Override
  public void read(FilePart part, OutputStream sink) {
    FileWalk walk = new FileWalk(part, limits, sink);
    if (part.length() > DagLimits.MAX_BLOCK) {
      fetch(walk, walk.missing());
      return;
    }
    // Few blocks, and the inner ones are those of the part that was read before.
    for (Cid next = walk.next(); next != null; next = walk.next()) {
      byte[] block = block(next);
      walk.accept(block, 0, block.length);
    }
  }

  @Override
  public boolean hasParts() {
    return pool.hasCarParts();
  }

  @Override
  void entered(DagNode directory) {
    ahead.get(directory);
  }

  @Override
  public Optional<PlainBytes> readPlain(FilePart part, OutputStream sink) {
    return new PlainRead(pool, client, control, part, sink).run();
  }

  @Override
  void fetch(DagWalk walk, DagWalk.Stretch whole) {
    new DagFetch(pool, client, cache, threads, walk).run(whole);
  }

  @Override
  byte[] block(Cid cid) {
    control.checkCancelled();
    byte[] bytes = cid.isIdentity() ? cid.multihash().digest() : cache.get(cid.multihash());
    if (bytes == null) {
      bytes = pool.obtain(cid, new SingleBlock(client, cid));
      cache.put(cid.multihash(), bytes);
    }
    return bytes;
  }

  private record SingleBlock(BlockClient client, Cid cid)
      implements GatewayPool.Attempt<byte[], byte[]> {
    @Override
    public byte[] at(Gateway gateway) throws GatewayFailure {
      return client.block(gateway, cid, new BlockHasher());
    }

    @Override
    public byte[] goOn(Gateway gateway, byte[] block) {
      return block;
    }

    @Override
    public void discard(byte[] block) {}
  }

  @Override
  public List<SourceUse> sources() {
    return pool.uses();
  }

  @Override
  public void close() {
    control.close();
    http.close();
    threads.shutdownNow();
  }
}
