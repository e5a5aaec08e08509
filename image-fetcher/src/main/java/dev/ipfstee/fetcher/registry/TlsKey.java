package dev.ipfstee.fetcher.registry;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * The key of a TLS server, which can be replaced: a handshake uses one pair from its beginning to
 * its end. (Replacing the options of a Vert.x server breaks off what connects at that moment.)
 * Thread-safe.
 */
final class TlsKey extends X509ExtendedKeyManager {
  private final Map<String, Pair> pairs = new ConcurrentHashMap<>();
  private final AtomicLong latest = new AtomicLong();

  /**
   * A certificate with its key.
   *
   * @param chain the own one first
   */
  record Pair(List<X509Certificate> chain, PrivateKey key) {
    Pair {
      chain = List.copyOf(chain);
    }
  }

  /** Handshakes that begin from now on use this pair; those before it stay with theirs. */
  void replace(Pair pair) {
    long number = latest.get() + 1;
    pairs.put(Long.toString(number), pair);
    latest.set(number);
    pairs.remove(Long.toString(number - 2));
  }

  /** When the certificate that is used from now on is no longer valid, or one that signed it. */
  Instant expires() {
    return pairs.get(Long.toString(latest.get())).chain().stream()
        .map(certificate -> certificate.getNotAfter().toInstant())
        .min(Comparator.naturalOrder())
        .orElseThrow();
  }

  @Override
  public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
    String alias = Long.toString(latest.get());
    String own = pairs.get(alias).key().getAlgorithm();
    return keyType.equals(own) || keyType.startsWith(own + "_") ? alias : null;
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    Pair pair = pairs.get(alias);
    return pair == null ? null : pair.chain().toArray(X509Certificate[]::new);
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    Pair pair = pairs.get(alias);
    return pair == null ? null : pair.key();
  }

  @Override
  public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
    return chooseEngineServerAlias(keyType, issuers, null);
  }

  @Override
  public String[] getServerAliases(String keyType, Principal[] issuers) {
    String alias = chooseEngineServerAlias(keyType, issuers, null);
    return alias == null ? null : new String[] {alias};
  }

  /** This is no client. */
  @Override
  public String[] getClientAliases(String keyType, Principal[] issuers) {
    return null;
  }

  /** This is no client. */
  @Override
  public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
    return null;
  }
}
