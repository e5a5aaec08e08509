package dev.ipfstee.fetcher.ipfs;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.util.Timeout;

/** What our HTTP clients have in common: nothing happens by itself, and every head is bounded. */
final class HttpSetup {
  private static final int CONNECTIONS_PER_HOST = 32;

  private HttpSetup() {}

  /**
   * A client in the making.
   *
   * @param addresses which addresses may be dialled
   * @param authorities as in {@link GatewayOptions#certificateAuthorities()}
   * @param dial how long connecting, and then TLS, may take
   */
  static HttpClientBuilder client(
      AddressPolicy addresses, Map<HostPort, Path> authorities, Timeout dial, String userAgent) {
    return HttpClients.custom()
        .setConnectionManager(
            PoolingHttpClientConnectionManagerBuilder.create()
                .setDnsResolver(addresses)
                .setTlsSocketStrategy(new TlsPerHost(authorities))
                .setMaxConnPerRoute(CONNECTIONS_PER_HOST)
                .setMaxConnTotal(4 * CONNECTIONS_PER_HOST)
                .setDefaultConnectionConfig(
                    ConnectionConfig.custom().setConnectTimeout(dial).build())
                .setDefaultTlsConfig(TlsConfig.custom().setHandshakeTimeout(dial).build())
                .setConnectionFactory(
                    ManagedHttpClientConnectionFactory.builder()
                        .http1Config(
                            Http1Config.custom()
                                .setMaxHeaderCount(100)
                                .setMaxLineLength(16 << 10)
                                .build())
                        .build())
                .build())
        // There are no cookies: else a long list of domains would be read for them.
        .setDefaultCookieSpecRegistry(name -> null)
        .setUserAgent(userAgent)
        .disableRedirectHandling()
        .disableAutomaticRetries()
        .disableContentCompression()
        .disableCookieManagement()
        .disableAuthCaching();
  }

  /** Whether a pooled connection may have failed because the server had closed it meanwhile. */
  static boolean isStale(IOException failure) {
    return failure instanceof NoHttpResponseException
        || failure instanceof SocketException && !(failure instanceof ConnectException);
  }
}
