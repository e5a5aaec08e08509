package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.ipfs.GatewayTuning;
import java.time.Duration;
import picocli.CommandLine.Option;

/** Options that say how patient the client is with each gateway, and how modest. */
final class TuningFlags {
  private static final int MOST = 64;
  private static final int MOST_PER_MINUTE = 100_000;

  @Option(
      names = "--connect-timeout",
      paramLabel = "DURATION",
      defaultValue = "5s",
      converter = Quantities.DurationConverter.class,
      description = "For connecting, and again for TLS (default: ${DEFAULT-VALUE}).")
  private Duration connectTimeout;

  @Option(
      names = "--block-timeout",
      paramLabel = "DURATION",
      defaultValue = "10s",
      converter = Quantities.DurationConverter.class,
      description = "When the answer with a block must begin (default: ${DEFAULT-VALUE}).")
  private Duration blockTimeout;

  @Option(
      names = "--first-byte-timeout",
      paramLabel = "DURATION",
      defaultValue = "30s",
      converter = Quantities.DurationConverter.class,
      description =
          "When the answer with a CAR or plain bytes must begin (default: ${DEFAULT-VALUE}).")
  private Duration firstByteTimeout;

  @Option(
      names = "--hedge-after",
      paramLabel = "DURATION",
      defaultValue = "1s",
      converter = Quantities.DurationConverter.class,
      description =
          "How long a gateway may be silent at first before the next is asked too"
              + " (default: ${DEFAULT-VALUE}).")
  private Duration hedgeAfter;

  @Option(
      names = "--gateway-blocks",
      paramLabel = "N",
      defaultValue = "8",
      description = "Single blocks asked of one gateway at a time (default: ${DEFAULT-VALUE}).")
  private int blocks;

  @Option(
      names = "--gateway-cars",
      paramLabel = "N",
      defaultValue = "2",
      description = "CARs taken from one gateway at a time (default: ${DEFAULT-VALUE}).")
  private int cars;

  @Option(
      names = "--gateway-rate",
      paramLabel = "N",
      defaultValue = "150",
      description =
          "Requests per minute to one gateway at a public address, 0 for no limit"
              + " (default: ${DEFAULT-VALUE}).")
  private int requestsPerMinute;

  /**
   * What was chosen.
   *
   * @throws dev.ipfstee.fetcher.report.FetchException InvalidUsage
   */
  GatewayTuning toTuning() {
    check("--gateway-blocks", blocks, 1, MOST);
    check("--gateway-cars", cars, 1, MOST);
    check("--gateway-rate", requestsPerMinute, 0, MOST_PER_MINUTE);
    return new GatewayTuning(
        connectTimeout,
        blockTimeout,
        firstByteTimeout,
        hedgeAfter,
        blocks,
        cars,
        requestsPerMinute);
  }

  private static void check(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw GatewayFlags.usage(option + ": expected " + least + " to " + most + ", found " + value);
    }
  }
}
