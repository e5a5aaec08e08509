package dev.ipfstee.fetcher.ipfs;

import java.util.Optional;
import org.apache.hc.client5.http.ContextBuilder;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.impl.routing.DefaultProxyRoutePlanner;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.protocol.HttpContext;

/** Goes through a proxy, but not to the hosts that are excepted. */
final class ProxyRoute extends DefaultProxyRoutePlanner {
  private final ProxyOptions proxy;

  ProxyRoute(ProxyOptions proxy) {
    super(GatewayHttp.target(proxy.url()));
    this.proxy = proxy;
  }

  @Override
  protected HttpHost determineProxy(HttpHost target, HttpContext context) {
    return proxy.covers(target) ? GatewayHttp.target(proxy.url()) : null;
  }

  /**
   * With the login for the proxy, which so is sent unasked: the client's answers to challenges are
   * turned off, since a gateway behind the proxy could challenge in its name.
   */
  static HttpClientContext context(Optional<ProxyOptions> proxy) {
    ContextBuilder context = ContextBuilder.create();
    proxy.ifPresent(
        options ->
            options
                .login()
                .ifPresent(
                    login ->
                        context.preemptiveBasicAuth(
                            GatewayHttp.target(options.url()),
                            new UsernamePasswordCredentials(
                                login.user(), login.password().toCharArray()))));
    return context.build();
  }
}
