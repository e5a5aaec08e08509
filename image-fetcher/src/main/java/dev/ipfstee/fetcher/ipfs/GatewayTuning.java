package dev.ipfstee.fetcher.ipfs;

import java.time.Duration;

/**
 * How patient the client is with gateways, and how modest. The defaults are those of other clients,
 * within what public gateways allow.
 *
 * @param connectTimeout for connecting, and again for TLS
 * @param blockTimeout until the head of the answer to a request for one block
 * @param firstByteTimeout the same for a CAR or plain bytes, for which gateways search the network
 * @param hedgeAfter so long, or the 90th percentile of the run if that is longer, a gateway may be
 *     silent at the start of an answer before another one is asked too; zero means for ever
 * @param blocks single blocks that are asked of one gateway at a time, ≥1
 * @param cars CARs that are taken from one gateway at a time, and parts of plain files before the
 *     next gateway gives some, ≥1
 * @param requestsPerMinute to one gateway at a public address, a third of them at once; 0 means
 *     without limit
 */
public record GatewayTuning(
    Duration connectTimeout,
    Duration blockTimeout,
    Duration firstByteTimeout,
    Duration hedgeAfter,
    int blocks,
    int cars,
    int requestsPerMinute) {
  public static final GatewayTuning DEFAULTS =
      new GatewayTuning(
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(1),
          8,
          2,
          150);

  public GatewayTuning {
    if (blocks < 1 || cars < 1 || requestsPerMinute < 0) {
      throw new IllegalArgumentException("a gateway could never be asked for anything");
    }
  }

  /** The same with another patience at the start of an answer. */
  public GatewayTuning withHedgeAfter(Duration value) {
    return new GatewayTuning(
        connectTimeout, blockTimeout, firstByteTimeout, value, blocks, cars, requestsPerMinute);
  }
}
