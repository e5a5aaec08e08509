package dev.ipfstee.fetcher.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.TestImage;
import dev.ipfstee.fetcher.testing.TestCertificate;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsTest {
  /** Far more than what socket buffers hold. */
  private static final TestImage IMAGE = TestImage.of(1, 24 << 20);

  private static final TestImage.Blob LAYER = IMAGE.amd64().layers().getFirst();

  @TempDir Path temp;
  private Path volume;
  private Path store;
  private TestCertificate first;
  private TlsFiles files;

  @BeforeEach
  void certificate() throws Exception {
    volume = temp.resolve("secret");
    store = temp.resolve("store");
    first = TestCertificate.make(temp);
    first.mount(volume);
    files = new TlsFiles(volume.resolve("tls.crt"), volume.resolve("tls.key"));
  }

  @Test
  void sameIsServedOverTls() throws Exception {
    try (RunningRegistry registry = withImage();
        HttpClient client = client(first)) {
      HttpResponse<byte[]> manifest =
          client.send(
              request(registry, "/manifests/" + IMAGE.index().digest()),
              BodyHandlers.ofByteArray());
      assertThat(manifest.statusCode()).isEqualTo(200);
      assertThat(manifest.body()).isEqualTo(IMAGE.index().content());
      HttpResponse<byte[]> layer =
          client.send(request(registry, "/blobs/" + LAYER.digest()), BodyHandlers.ofByteArray());
      assertThat(Digest.of(Digest.Algorithm.SHA256, layer.body())).isEqualTo(LAYER.digest());
      await(
          () ->
              RunningRegistry.text(registry.manage("/metrics"))
                  .contains("kind=\"blobs\",method=\"GET\"} 1.0"));
      assertThat(registry.get("/v2/").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void renewedCertificateIsForNewConnectionsAndAnswersUnderWayGoOn() throws Exception {
    TestCertificate second = TestCertificate.make(temp);
    try (RunningRegistry registry = withImage();
        HttpClient client = client(first)) {
      try (InputStream body =
          client
              .send(request(registry, "/blobs/" + LAYER.digest()), BodyHandlers.ofInputStream())
              .body()) {
        byte[] start = body.readNBytes(1000);

        second.mount(volume);
        await(() -> shown(registry, first, second).equals(second.parsed()));

        try (InputStream all = new SequenceInputStream(new ByteArrayInputStream(start), body)) {
          assertThat(Digest.of(Digest.Algorithm.SHA256, all.readAllBytes()))
              .isEqualTo(LAYER.digest());
        }
      }
      assertThat(registry.log()).contains("a new certificate is used for TLS");
      String metrics = RunningRegistry.text(registry.manage("/metrics"));
      assertThat(metrics)
          .contains("tls_reloads_total{outcome=\"used\"} 1.0")
          .contains("tls_reloads_total{outcome=\"refused\"} 0.0");
      assertThat(expiration(metrics)).isEqualTo(second.parsed().getNotAfter().toInstant());
    }
  }

  @Test
  void pairThatCannotBeUsedLeavesTheOneBeforeAndIsToldOnce() throws Exception {
    TestCertificate second = TestCertificate.make(temp);
    try (RunningRegistry registry = withImage()) {
      new TestCertificate(second.certificate(), first.key()).mount(volume);
      await(() -> registry.log().contains("the certificate for TLS stays the one before"));

      assertThat(registry.log()).contains("the key isn't that of the certificate for CN=test");
      assertThat(shown(registry, first, second)).isEqualTo(first.parsed());

      Files.delete(files.key());
      await(() -> registry.log().contains("failed to read '" + files.key() + "' for TLS"));
      assertThat(shown(registry, first, second)).isEqualTo(first.parsed());
      assertThat(RunningRegistry.text(registry.manage("/metrics")))
          .contains("tls_reloads_total{outcome=\"refused\"} 2.0");

      second.mount(volume);
      await(() -> shown(registry, first, second).equals(second.parsed()));
      assertThat(registry.log().lines().filter(line -> line.contains("stays the one before")))
          .hasSize(2);
    }
  }

  @Test
  void weakCipherIsRefused() throws Exception {
    try (RunningRegistry registry = withImage();
        SSLSocket socket = socket(registry, first)) {
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      socket.setEnabledCipherSuites(new String[] {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"});
      assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLHandshakeException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"})
  void startIsRefusedWithACertificateThatIsNone(String text) throws Exception {
    new TestCertificate(text, first.key()).mount(volume);
    assertRefused("expected a certificate and an EC or RSA key without a password, both in PEM");
  }

  @Test
  void startIsRefusedWithoutAFileAndWithTheKeyOfAnother() throws Exception {
    new TestCertificate(first.certificate(), TestCertificate.make(temp).key()).mount(volume);
    assertRefused("the key isn't that of the certificate for CN=test");
    files = new TlsFiles(volume.resolve("typo"), files.key());
    assertRefused("failed to read '" + volume.resolve("typo") + "' for TLS: NoSuchFileException");
  }

  @Test
  void startIsRefusedWithAKeyThatNoHandshakeCouldUse() throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    String key = Base64.getEncoder().encodeToString(pair.getPrivate().getEncoded());
    new TestCertificate(
            first.certificate(),
            "-----BEGIN PRIVATE KEY-----\n" + key + "\n-----END PRIVATE KEY-----\n")
        .mount(volume);
    assertRefused("an EC or RSA key");
  }

  private static Instant expiration(String metrics) {
    Matcher found =
        Pattern.compile(
                "^ipfstee_registry_tls_certificate_expiration_timestamp_seconds (.+)$",
                Pattern.MULTILINE)
            .matcher(metrics);
    assertThat(found.find()).as(metrics).isTrue();
    return Instant.ofEpochSecond((long) Double.parseDouble(found.group(1)));
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> RunningRegistry.withTls(store, files))
        .isInstanceOfSatisfying(
            FetchException.class,
            refused -> assertThat(refused.reason()).isEqualTo(Reason.INVALID_USAGE))
        .hasMessageContaining(message);
  }

  private RunningRegistry withImage() {
    try (BlobStore open = BlobStore.open(store)) {
      IMAGE.store(open, IMAGE.amd64());
    }
    return RunningRegistry.withTls(store, files);
  }

  private static HttpClient client(TestCertificate... trusted) throws Exception {
    return HttpClient.newBuilder().sslContext(TestCertificate.trusting(trusted)).build();
  }

  private static HttpRequest request(RunningRegistry registry, String path) {
    return HttpRequest.newBuilder(
            URI.create("https://" + address(registry) + "/v2/ipfs/" + IMAGE.cid() + path))
        .build();
  }

  private static ListenAddress address(RunningRegistry registry) {
    return registry.server().tlsAddress().orElseThrow();
  }

  /** The certificate that a new connection is shown. */
  private static X509Certificate shown(RunningRegistry registry, TestCertificate... trusted)
      throws Exception {
    try (SSLSocket socket = socket(registry, trusted)) {
      socket.startHandshake();
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  private static SSLSocket socket(RunningRegistry registry, TestCertificate... trusted)
      throws Exception {
    SSLContext context = TestCertificate.trusting(trusted);
    return (SSLSocket)
        context.getSocketFactory().createSocket("127.0.0.1", address(registry).port());
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("it came true in time").isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }
}
