package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where content comes from, and within which bounds. Immutable; made by {@link #builder}.
 *
 * @param gateways base URLs {@code http(s)://host[:port]}, in order of preference; none only if
 *     there is a router
 * @param router base URL of a delegated router, asked who has what no gateway has
 * @param tokens bearer tokens, each sent only to exactly this host and port
 * @param certificateAuthorities PEM files that are trusted for this host and port only, instead of
 *     the system's authorities
 * @param proxy for the gateways; names are then resolved by it
 * @param privateHosts hosts that may resolve to private or loopback addresses, with their {@code
 *     <cid>.ipfs.} subdomains
 * @param allowPrivateAddresses whether any host may; link-local and metadata addresses never
 * @param allowHttp whether {@code http://} is accepted, tokens over it included
 * @param maxBytes the limit for the whole run; twice this and 64 MiB may be received
 * @param stallTimeout how long a response may make no progress
 * @param notFoundAfter how long every gateway must have said that a block is absent
 * @param tuning patience and modesty towards each gateway
 * @param deadline when the run ends whatever is under way
 * @param clock the clock of {@code deadline}
 * @param userAgent the honest name of this program
 */
public record GatewayOptions(
    List<URI> gateways,
    Optional<URI> router,
    Map<HostPort, String> tokens,
    Map<HostPort, Path> certificateAuthorities,
    Optional<ProxyOptions> proxy,
    Set<HostPort> privateHosts,
    boolean allowPrivateAddresses,
    boolean allowHttp,
    long maxBytes,
    Duration stallTimeout,
    Duration notFoundAfter,
    GatewayTuning tuning,
    Instant deadline,
    Clock clock,
    String userAgent) {

  /**
   * Checks the URLs.
   *
   * @throws FetchException {@link Reason#INVALID_USAGE} for a URL that isn't a plain gateway base
   */
  public GatewayOptions {
    LinkedHashSet<URI> checked = new LinkedHashSet<>();
    for (URI gateway : gateways) {
      checked.add(base(gateway, "gateway", allowHttp));
    }
    boolean plain = allowHttp;
    router = router.map(uri -> base(uri, "router", plain));
    if (checked.isEmpty() && router.isEmpty()) {
      throw new FetchException(
          Reason.INVALID_USAGE, "failed to find a gateway: give at least one with --gateway URL");
    }
    gateways = List.copyOf(checked);
    tokens = Map.copyOf(tokens);
    certificateAuthorities = Map.copyOf(certificateAuthorities);
    privateHosts = Set.copyOf(privateHosts);
  }

  /**
   * The token for a request. One token is for exactly one host and port, so a redirect to a
   * subdomain goes without; and none leaves in the clear unless that is allowed.
   */
  Optional<String> tokenFor(URI uri) {
    HostPort host = HostPort.of(uri);
    HostPort withPort = new HostPort(host.host(), host.portFor(uri.getScheme()));
    return Optional.ofNullable(tokens.get(host))
        .or(() -> Optional.ofNullable(tokens.get(withPort)))
        .filter(token -> uri.getScheme().equals("https") || allowHttp);
  }

  /** Without the tokens. */
  @Override
  public String toString() {
    return "GatewayOptions" + gateways;
  }

  /** A collector with the defaults of the command line. */
  public static Builder builder() {
    return new Builder();
  }

  static URI base(URI uri, String what, boolean http) {
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (uri.getRawUserInfo() != null
        || uri.getRawAuthority() != null && uri.getRawAuthority().contains("@")) {
      // Not shown: it may hold a password.
      throw new FetchException(
          Reason.INVALID_USAGE,
          "failed to accept a "
              + what
              + " URL: a user name or password in it is refused; give a token with"
              + " --gateway-token-file HOST=FILE, and a proxy's with --proxy-credentials-file"
              + " FILE");
    }
    String shown = Text.printable(uri.toString());
    if (!scheme.equals("https") && !scheme.equals("http")) {
      throw usage(what, shown, "expected https://HOST[:PORT]");
    }
    if (scheme.equals("http") && !http) {
      throw usage(what, shown, "http:// needs --allow-http");
    }
    if (uri.getHost() == null || !HostPort.isHost(uri.getHost().toLowerCase(Locale.ROOT))) {
      throw usage(what, shown, "it has no valid host");
    }
    if (uri.getPort() == 0 || uri.getPort() > 65535) {
      throw usage(what, shown, "its port is not 1 to 65535");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw usage(what, shown, "a query or fragment is refused");
    }
    if (uri.getRawPath() != null && !uri.getRawPath().isEmpty() && !uri.getRawPath().equals("/")) {
      throw usage(what, shown, "give it without a path");
    }
    return URI.create(scheme + "://" + HostPort.of(uri));
  }

  private static FetchException usage(String what, String shown, String cause) {
    return new FetchException(
        Reason.INVALID_USAGE, "failed to accept the " + what + " '" + shown + "': " + cause);
  }

  /** Collects options; what isn't set has the default of the command line. */
  public static final class Builder {
    private List<URI> gateways = List.of();
    private Optional<URI> router = Optional.empty();
    private Map<HostPort, String> tokens = Map.of();
    private Map<HostPort, Path> certificateAuthorities = Map.of();
    private Optional<ProxyOptions> proxy = Optional.empty();
    private Set<HostPort> privateHosts = Set.of();
    private boolean allowPrivateAddresses;
    private boolean allowHttp;
    private long maxBytes = 10L << 30;
    private Duration stallTimeout = Duration.ofSeconds(30);
    private Duration notFoundAfter = Duration.ofSeconds(60);
    private GatewayTuning tuning = GatewayTuning.DEFAULTS;
    private Instant deadline = Instant.MAX;
    private Clock clock = Clock.systemUTC();
    private String userAgent = "ipfs-tee-operator/0.1.0";

    private Builder() {}

    public Builder gateways(List<URI> value) {
      gateways = value;
      return this;
    }

    public Builder router(URI value) {
      router = Optional.of(value);
      return this;
    }

    public Builder tokens(Map<HostPort, String> value) {
      tokens = value;
      return this;
    }

    public Builder certificateAuthorities(Map<HostPort, Path> value) {
      certificateAuthorities = value;
      return this;
    }

    public Builder proxy(ProxyOptions value) {
      proxy = Optional.of(value);
      return this;
    }

    public Builder privateHosts(Set<HostPort> value) {
      privateHosts = value;
      return this;
    }

    public Builder allowPrivateAddresses(boolean value) {
      allowPrivateAddresses = value;
      return this;
    }

    public Builder allowHttp(boolean value) {
      allowHttp = value;
      return this;
    }

    public Builder maxBytes(long value) {
      maxBytes = value;
      return this;
    }

    public Builder stallTimeout(Duration value) {
      stallTimeout = value;
      return this;
    }

    public Builder notFoundAfter(Duration value) {
      notFoundAfter = value;
      return this;
    }

    public Builder tuning(GatewayTuning value) {
      tuning = value;
      return this;
    }

    public Builder deadline(Instant value) {
      deadline = value;
      return this;
    }

    public Builder clock(Clock value) {
      clock = value;
      return this;
    }

    public Builder userAgent(String value) {
      userAgent = value;
      return this;
    }

    /** Checks and makes the options. */
    public GatewayOptions build() {
      return new GatewayOptions(
          gateways,
          router,
          tokens,
          certificateAuthorities,
          proxy,
          privateHosts,
          allowPrivateAddresses,
          allowHttp,
          maxBytes,
          stallTimeout,
          notFoundAfter,
          tuning,
          deadline,
          clock,
          userAgent);
    }
  }
}
