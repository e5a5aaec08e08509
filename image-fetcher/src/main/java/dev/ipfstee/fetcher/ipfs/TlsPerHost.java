package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.protocol.HttpContext;

/** Trusts the system's authorities, or for hosts with a file only the authorities in it. */
final class TlsPerHost implements TlsSocketStrategy {
  /** All authorities that browsers know are a quarter of that. */
  private static final int MAX_BYTES = 1 << 20;

  private final Map<HostPort, TlsSocketStrategy> own = new HashMap<>();
  private TlsSocketStrategy system;

  TlsPerHost(Map<HostPort, Path> authorities) {
    authorities.forEach(
        (host, file) -> own.put(host, new DefaultClientTlsStrategy(trusting(host, file))));
  }

  @Override
  public SSLSocket upgrade(
      Socket socket, String target, int port, Object attachment, HttpContext context)
      throws IOException {
    String name = target.toLowerCase(Locale.ROOT);
    String host = name.contains(":") && !name.startsWith("[") ? "[" + name + "]" : name;
    TlsSocketStrategy strategy = null;
    for (Map.Entry<HostPort, TlsSocketStrategy> entry : own.entrySet()) {
      if (entry.getKey().portFor("https") == port
          && AddressPolicy.covers(entry.getKey().host(), host)) {
        strategy = entry.getValue();
      }
    }
    return (strategy == null ? system() : strategy)
        .upgrade(socket, target, port, attachment, context);
  }

  /** Only when it is wanted: to read all authorities takes a tenth of a second. */
  private synchronized TlsSocketStrategy system() {
    if (system == null) {
      system = DefaultClientTlsStrategy.createDefault();
    }
    return system;
  }

  private static InputStream bounded(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IOException("it is longer than " + MAX_BYTES + " bytes");
      }
      return new ByteArrayInputStream(bytes);
    }
  }

  private static SSLContext trusting(HostPort host, Path file) {
    try (InputStream in = bounded(file)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int count = 0;
      for (Certificate found : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca-" + count++, found);
      }
      if (count == 0) {
        throw new GeneralSecurityException("no certificate in it");
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new FetchException(
          Reason.INVALID_USAGE,
          "failed to read the CA file of "
              + host
              + ": "
              + Text.printable(String.valueOf(e.getMessage())),
          e);
    }
  }
}
