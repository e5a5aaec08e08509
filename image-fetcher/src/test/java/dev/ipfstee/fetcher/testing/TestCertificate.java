package dev.ipfstee.fetcher.testing;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate for loopback that signs itself.
 *
 * @param certificate PEM
 * @param key PEM
 */
public record TestCertificate(String certificate, String key) {

  public static TestCertificate make(Path temp) throws Exception {
    Path directory = Files.createTempDirectory(temp, "certificate");
    Authority made = Authority.of(directory, "ip:127.0.0.1", "dns:localhost");
    KeyStore keys = KeyStore.getInstance(made.keyStore().toFile(), made.password().toCharArray());
    String key =
        Base64.getMimeEncoder(64, new byte[] {'\n'})
            .encodeToString(keys.getKey("a", made.password().toCharArray()).getEncoded());
    return new TestCertificate(
        Files.readString(made.certificate()),
        "-----BEGIN PRIVATE KEY-----\n" + key + "\n-----END PRIVATE KEY-----\n");
  }

  /**
   * Mounts it as the kubelet does, or puts it in the place of what is mounted there: {@code
   * tls.crt} and {@code tls.key}.
   */
  public void mount(Path volume) throws Exception {
    Files.createDirectories(volume);
    Path version = Files.createTempDirectory(volume, "..version");
    Files.writeString(version.resolve("tls.crt"), certificate);
    Files.writeString(version.resolve("tls.key"), key);
    Path next = Files.createSymbolicLink(volume.resolve("..data_tmp"), version.getFileName());
    Files.move(next, volume.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    for (String name : List.of("tls.crt", "tls.key")) {
      Path file = volume.resolve(name);
      if (!Files.isSymbolicLink(file)) {
        Files.createSymbolicLink(file, Path.of("..data").resolve(name));
      }
    }
  }

  public X509Certificate parsed() throws Exception {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(
                new ByteArrayInputStream(certificate.getBytes(StandardCharsets.US_ASCII)));
  }

  /** What trusts these and nothing else. */
  public static SSLContext trusting(TestCertificate... trusted) throws Exception {
    KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
    anchors.load(null, null);
    for (TestCertificate one : trusted) {
      anchors.setCertificateEntry("trusted" + anchors.size(), one.parsed());
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(anchors);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
