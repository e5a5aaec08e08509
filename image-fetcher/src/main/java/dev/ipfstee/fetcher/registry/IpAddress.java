package dev.ipfstee.fetcher.registry;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/** Reads IP addresses, and never looks a name up. */
final class IpAddress {
  private IpAddress() {}

  /**
   * The address that a text is; empty for a name, or anything else.
   *
   * @param text of version 4 or 6, the latter with or without the brackets of a URL
   */
  static Optional<InetAddress> parse(String text) {
    byte[] address = NetUtil.createByteArrayFromIpAddressString(text);
    if (address == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByAddress(address));
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("an address has 4 or 16 bytes", impossible);
    }
  }
}
