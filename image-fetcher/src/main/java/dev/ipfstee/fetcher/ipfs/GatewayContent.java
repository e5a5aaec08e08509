package dev.ipfstee.fetcher.ipfs;

/** Opens content behind trustless gateways. */
public final class GatewayContent {
  private GatewayContent() {}

  /** Makes the client; nothing is dialled yet. To be closed by the caller. */
  public static IpfsContent open(GatewayOptions options) {
    return new VerifiedContent(options);
  }
}
