package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.KeyCertOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who the registry is over TLS, as its files say: looked at every few seconds, since a Secret is
 * renewed while it runs. New connections get what is new, those there go on; what can't be used is
 * told once, and the last pair that could be stays.
 */
final class TlsIdentity {
  private static final Set<String> VERSIONS = Set.of("TLSv1.2", "TLSv1.3");

  /** With forward secrecy and authenticated encryption; RFC 9325, section 4.2. */
  private static final List<String> CIPHERS =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  private final Vertx vertx;
  private final Duration look;
  private final TlsFiles files;
  private final RegistryMetrics metrics;
  private final JsonLog log;
  private final TlsKey key = new TlsKey();
  private TlsPem seen;
  private String told = "";

  /**
   * Where it is and how often to look.
   *
   * @param listen where TLS is spoken
   * @param look from one look at the files to the next
   */
  record Settings(ListenAddress listen, TlsFiles files, Duration look) {}

  TlsIdentity(Vertx vertx, Settings settings, RegistryMetrics metrics, JsonLog log) {
    this.vertx = vertx;
    this.look = settings.look();
    this.files = settings.files();
    this.metrics = metrics;
    this.log = log;
  }

  /**
   * Sets up a server with the present pair, and watches for others from now on.
   *
   * @throws FetchException {@link Reason#INVALID_USAGE}
   */
  synchronized void begin(HttpServerOptions server) {
    TlsPem pem = files.read();
    key.replace(pem.check(vertx, files));
    seen = pem;
    metrics.observe(key);
    server
        .setSsl(true)
        // HTTP/1.1 only: the bounds on connections count requests as it sends them.
        .setUseAlpn(false)
        .setKeyCertOptions(KeyCertOptions.wrap(key))
        .setEnabledSecureTransportProtocols(VERSIONS);
    CIPHERS.forEach(server::addEnabledCipherSuite);
    watch();
  }

  /** Looks for another pair, now and then. */
  private void watch() {
    vertx.setPeriodic(
        look.toMillis(),
        unused ->
            vertx.executeBlocking(
                () -> {
                  look();
                  return null;
                }));
  }

  private synchronized void look() {
    try {
      TlsPem pem = files.read();
      if (!pem.equals(seen)) {
        key.replace(pem.check(vertx, files));
        seen = pem;
        metrics.reloadedTls(true);
        log.info("a new certificate is used for TLS", Map.of());
      }
      told = "";
    } catch (FetchException unusable) {
      if (!told.equals(unusable.getMessage())) {
        told = unusable.getMessage();
        metrics.reloadedTls(false);
        log.warn("the certificate for TLS stays the one before", Map.of("cause", told));
      }
    }
  }
}
