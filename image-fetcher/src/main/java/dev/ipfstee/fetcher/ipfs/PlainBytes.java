package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.Reason;
import java.util.List;
import java.util.Set;

/** Where bytes came from that only their reader can check. */
public final class PlainBytes {
  private final Set<Gateway> gateways;

  PlainBytes(Set<Gateway> gateways) {
    this.gateways = Set.copyOf(gateways);
  }

  /** The bytes were wrong; whose fault that is isn't known yet. None of them is asked so again. */
  public void wrong() {
    gateways.forEach(Gateway::noteWithoutPlain);
  }

  /**
   * The blocks of a file have turned out to be right, so whoever sent other bytes lied, and is out
   * for the run. Where several sent some of the same bytes, nobody can say who did.
   *
   * @param wrong parts of one file, each other than its blocks
   */
  public static void liesProven(List<PlainBytes> wrong) {
    wrong.stream()
        .map(bytes -> bytes.gateways)
        .filter(gateways -> gateways.size() == 1)
        .flatMap(Set::stream)
        .distinct()
        .forEach(
            gateway ->
                gateway.failed(
                    new GatewayFailure(
                        GatewayFailure.Kind.LIED,
                        Reason.BLOCK_MISMATCH,
                        "it sent other bytes than those of the blocks")));
  }
}
