package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.ipfs.ContentReference;
import dev.ipfstee.fetcher.ipfs.GatewayOptions;
import dev.ipfstee.fetcher.ipfs.HostPort;
import dev.ipfstee.fetcher.ipfs.PeerOptions;
import dev.ipfstee.fetcher.ipfs.ProxyOptions;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options that say where content comes from. */
final class GatewayFlags {
  private static final String USER_AGENT = "ipfs-tee-operator/" + Version.NUMBER;

  @Option(
      names = "--gateway",
      paramLabel = "URL",
      description =
          "A trustless IPFS gateway, https://HOST[:PORT]; repeat it in order of preference.")
  private List<String> gateways = List.of();

  @Option(
      names = "--no-gateway-hint",
      description = "Don't ask the gateway of a reference that is a gateway's URL.")
  private boolean noGatewayHint;

  @Option(
      names = "--router",
      paramLabel = "URL",
      description =
          "A delegated router, https://HOST[:PORT], asked for HTTP providers of what no gateway"
              + " has (default: none).")
  private String router;

  @Option(
      names = "--gateway-token-file",
      paramLabel = "HOST=FILE",
      description = "A file with a bearer token, sent to exactly this host; repeatable.")
  private List<String> tokenFiles = List.of();

  @Option(
      names = "--ca-file",
      paramLabel = "HOST=FILE",
      description = "Authorities (PEM) trusted for this host instead of the system's; repeatable.")
  private List<String> caFiles = List.of();

  @Option(
      names = "--proxy",
      paramLabel = "URL",
      description = "An HTTP proxy for all gateways, http://HOST:PORT.")
  private String proxy;

  @Option(
      names = "--proxy-credentials-file",
      paramLabel = "FILE",
      description = "A file with USER:PASSWORD for the proxy (basic authentication).")
  private String proxyCredentials;

  @Option(
      names = "--no-proxy",
      paramLabel = "HOST",
      description = "This host[:port] is dialled without the proxy; repeatable.")
  private List<String> noProxy = List.of();

  @Option(
      names = "--private-host",
      paramLabel = "HOST",
      description = "This host[:port] may have a private address; repeatable.")
  private List<String> privateHosts = List.of();

  @Option(names = "--allow-private-addresses", description = "Any host may have a private address.")
  private boolean allowPrivateAddresses;

  @Option(names = "--allow-http", description = "Gateways may be http:// ones.")
  private boolean allowHttp;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "30m",
      converter = Quantities.DurationConverter.class,
      description = "When to give up altogether (default: ${DEFAULT-VALUE}).")
  private Duration timeout;

  @Option(
      names = "--stall-timeout",
      paramLabel = "DURATION",
      defaultValue = "30s",
      converter = Quantities.DurationConverter.class,
      description = "How long a gateway may send nothing (default: ${DEFAULT-VALUE}).")
  private Duration stallTimeout;

  @Mixin private TuningFlags tuning;

  /**
   * The options as the client wants them.
   *
   * @throws FetchException {@link Reason#INVALID_USAGE}
   */
  GatewayOptions toOptions(ContentReference reference, long maxBytes) {
    GatewayOptions.Builder options =
        GatewayOptions.builder()
            .gateways(withHint(reference))
            .tokens(perHost(tokenFiles, "--gateway-token-file", SecretFile::readToken))
            .certificateAuthorities(certificateAuthorities())
            .privateHosts(hosts(privateHosts))
            .allowPrivateAddresses(allowPrivateAddresses)
            .allowHttp(allowHttp)
            .maxBytes(maxBytes)
            .stallTimeout(stallTimeout)
            .tuning(tuning.toTuning())
            .deadline(Instant.now().plus(timeout))
            .userAgent(USER_AGENT);
    proxy().ifPresent(options::proxy);
    Optional.ofNullable(router).map(url -> uri(url, "--router")).ifPresent(options::router);
    return options.build();
  }

  /** Whether a gateway is named, by an option or by the reference, or who knows some. */
  boolean any(ContentReference reference) {
    return router != null || !withHint(reference).isEmpty();
  }

  /** How the peers are asked: with the times and the authorities of gateways. */
  PeerOptions toPeerOptions() {
    return new PeerOptions(
        certificateAuthorities(), stallTimeout, Instant.now().plus(timeout), USER_AGENT);
  }

  private Map<HostPort, Path> certificateAuthorities() {
    return perHost(caFiles, "--ca-file", Path::of);
  }

  /**
   * For what asks no gateway.
   *
   * @throws FetchException {@link Reason#INVALID_USAGE} when one is named
   */
  void refuse(String option) {
    if (!gateways.isEmpty() || router != null) {
      throw usage(option + " asks no gateway, so it can't be combined with --gateway or --router");
    }
  }

  private Optional<ProxyOptions> proxy() {
    if (proxy != null) {
      return Optional.of(
          new ProxyOptions(
              uri(proxy, "--proxy"),
              Optional.ofNullable(proxyCredentials).map(SecretFile::readLogin),
              hosts(noProxy)));
    }
    if (proxyCredentials != null || !noProxy.isEmpty()) {
      throw usage("--proxy-credentials-file and --no-proxy: expected --proxy URL beside them");
    }
    return Optional.empty();
  }

  private List<URI> withHint(ContentReference reference) {
    List<URI> all = new ArrayList<>();
    gateways.forEach(gateway -> all.add(uri(gateway, "--gateway")));
    // A plain http hint beside other gateways is left aside: it was only a hint.
    reference
        .gatewayHint()
        .filter(hint -> !noGatewayHint)
        .filter(hint -> allowHttp || all.isEmpty() || hint.getScheme().equals("https"))
        .ifPresent(all::add);
    return all;
  }

  private static <T> Map<HostPort, T> perHost(
      List<String> options, String name, Function<String, T> read) {
    Map<HostPort, T> values = new LinkedHashMap<>();
    for (String option : options) {
      int equals = option.indexOf('=');
      if (equals < 1 || equals == option.length() - 1) {
        throw usage(name + ": expected HOST=FILE, found '" + Printable.escape(option, 200) + "'");
      }
      values.put(
          HostPort.parse(option.substring(0, equals)), read.apply(option.substring(equals + 1)));
    }
    return values;
  }

  private static Set<HostPort> hosts(List<String> names) {
    Set<HostPort> hosts = new HashSet<>();
    names.forEach(name -> hosts.add(HostPort.parse(name)));
    return hosts;
  }

  static URI uri(String text, String option) {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      // Not shown: what can't be parsed may still hold a password.
      throw usage(option + ": expected a URL, found something that isn't one");
    }
  }

  static FetchException usage(String message) {
    return new FetchException(Reason.INVALID_USAGE, message);
  }
}
