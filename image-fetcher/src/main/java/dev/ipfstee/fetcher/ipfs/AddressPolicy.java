package dev.ipfstee.fetcher.ipfs;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Decides which addresses may be dialled. It is the client's resolver, so that exactly the address
 * that was judged is the one that is dialled: a second lookup could answer otherwise.
 */
final class AddressPolicy implements DnsResolver {
  private static final int LOOKUP_SECONDS = 5;

  /** Thrown when a host has only refused addresses. */
  static final class RefusedException extends UnknownHostException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /** How far an address is from the public Internet. */
  enum Reach {
    PUBLIC,
    /** Loopback, private, shared or reserved: only for hosts that the administrator named. */
    PRIVATE,
    /** Link-local, metadata, multicast and what leads to other addresses: for no one. */
    NEVER
  }

  private final Set<HostPort> privateHosts;
  private final boolean allowPrivate;

  AddressPolicy(Set<HostPort> privateHosts, boolean allowPrivate) {
    this.privateHosts = privateHosts;
    this.allowPrivate = allowPrivate;
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    // Without a port only a host that is private on the default ports can be meant.
    return permitted(host, 443).toArray(InetAddress[]::new);
  }

  @Override
  public List<InetSocketAddress> resolve(String host, int port) throws UnknownHostException {
    return permitted(host, port).stream()
        .map(address -> new InetSocketAddress(address, port))
        .toList();
  }

  @Override
  public String resolveCanonicalHostname(String host) {
    return host;
  }

  private List<InetAddress> permitted(String host, int port) throws UnknownHostException {
    boolean mayBePrivate = allowPrivate || isPrivateHost(host, port);
    List<InetAddress> permitted = new ArrayList<>();
    InetAddress refused = null;
    for (InetAddress address : lookUp(host)) {
      Reach reach = reach(address);
      if (reach == Reach.PUBLIC || reach == Reach.PRIVATE && mayBePrivate) {
        permitted.add(address);
      } else {
        refused = address;
      }
    }
    if (permitted.isEmpty()) {
      throw new RefusedException(refusal(refused));
    }
    return permitted;
  }

  /** Whether a host is nobody else's: it has addresses, and none of them is public. */
  boolean isPrivate(String host, int port) {
    try {
      return permitted(host, port).stream().noneMatch(a -> reach(a) == Reach.PUBLIC);
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static String refusal(InetAddress address) {
    if (address == null) {
      return "it has no address";
    }
    return "its address "
        + address.getHostAddress()
        + (reach(address) == Reach.NEVER
            ? " is link-local, multicast or a metadata service, which is never dialled"
            : " is not public; name the host with --private-host if it may be");
  }

  private boolean isPrivateHost(String host, int port) {
    String name = host.toLowerCase(Locale.ROOT);
    if (name.contains(":") && !name.startsWith("[")) {
      name = "[" + name + "]";
    }
    for (HostPort known : privateHosts) {
      boolean samePort = known.port() == port || known.port() == 0 && (port == 80 || port == 443);
      if (samePort && covers(known.host(), name)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a host is this one or its {@code <cid>.ipfs.} subdomain. */
  static boolean covers(String host, String name) {
    if (name.equals(host)) {
      return true;
    }
    int dot = name.indexOf('.');
    return dot > 0 && name.substring(dot + 1).equals("ipfs." + host);
  }

  private static InetAddress[] lookUp(String host) throws UnknownHostException {
    CompletableFuture<InetAddress[]> found = new CompletableFuture<>();
    // A lookup can't be interrupted, so it gets a thread of its own and is left behind if need be.
    Thread.ofPlatform()
        .daemon()
        .name("lookup")
        .start(
            () -> {
              try {
                found.complete(InetAddress.getAllByName(host));
              } catch (UnknownHostException | RuntimeException e) {
                found.completeExceptionally(e);
              }
            });
    try {
      return found.get(LOOKUP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnknownHostException("interrupted");
    } catch (ExecutionException | TimeoutException e) {
      throw new UnknownHostException("its name can't be resolved");
    }
  }

  static Reach reach(InetAddress address) {
    byte[] bytes = address.getAddress();
    return address instanceof Inet4Address ? reach4(bytes) : reach6(bytes);
  }

  private static Reach reach4(byte[] a) {
    int first = a[0] & 0xff;
    int second = a[1] & 0xff;
    int value = first << 24 | second << 16 | (a[2] & 0xff) << 8 | a[3] & 0xff;
    boolean never =
        first == 0
            || first >= 224
            || first == 169 && second == 254
            || value == 0x64_64_64_c8 // 100.100.100.200: Alibaba's metadata
            || value == 0xc0_00_00_c0 // 192.0.0.192: Oracle's metadata
            || value == 0xa8_3f_81_10; // 168.63.129.16: Azure's host, public only by its number
    if (never) {
      return Reach.NEVER;
    }
    boolean isPrivate =
        first == 10
            || first == 127
            || first == 172 && second >> 4 == 1
            || first == 192 && second == 168
            || first == 100 && second >> 6 == 1
            || first == 198 && second >> 1 == 9
            || value >>> 8 == 0xc0_00_00
            || value >>> 8 == 0xc0_00_02
            || value >>> 8 == 0xc6_33_64
            || value >>> 8 == 0xcb_00_71;
    return isPrivate ? Reach.PRIVATE : Reach.PUBLIC;
  }

  private static Reach reach6(byte[] a) {
    int first = (a[0] & 0xff) << 8 | a[1] & 0xff;
    int second = (a[2] & 0xff) << 8 | a[3] & 0xff;
    if (isZero(a, 0, 15) && a[15] == 1) {
      return Reach.PRIVATE;
    }
    if (first == 0x64 && second == 0xff9b && isZero(a, 4, 12)) {
      // NAT64: in a network without IPv4 every public IPv4 host has such an address, so it is the
      // embedded one that counts.
      return reach4(new byte[] {a[12], a[13], a[14], a[15]}) == Reach.PUBLIC
          ? Reach.PUBLIC
          : Reach.NEVER;
    }
    if (first == 0xfd00 && second == 0x0ec2) {
      return Reach.NEVER; // fd00:ec2::254 and its neighbours: Amazon's metadata
    }
    if ((first & 0xfe00) == 0xfc00 || (first & 0xffc0) == 0xfec0) {
      return Reach.PRIVATE;
    }
    if (first == 0x2001 && second == 0x0db8) {
      return Reach.PRIVATE;
    }
    // 6to4 and Teredo hide an IPv4 address; outside 2000::/3 nothing is public.
    boolean hidden = first == 0x2002 || first == 0x2001 && second == 0;
    return !hidden && first >> 13 == 1 ? Reach.PUBLIC : Reach.NEVER;
  }

  private static boolean isZero(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
