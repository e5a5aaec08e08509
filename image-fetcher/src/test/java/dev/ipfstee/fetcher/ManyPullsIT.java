package dev.ipfstee.fetcher;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.TestImage;
import dev.ipfstee.fetcher.testing.TestCertificate;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import javax.net.SocketFactory;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The registry's memory, with the options of its image, when a whole node pulls at once. */
@Timeout(600)
class ManyPullsIT {
  private static final int PULLS = 200;
  private static final long MAX_RESIDENT_KIB = 192 << 10;
  private static final Semaphore GREETINGS = new Semaphore(4);

  @TempDir private Path directory;

  /** Every second client doesn't read on before all the others have come to their end. */
  @ParameterizedTest(name = "over TLS: {0}")
  // Encrypting takes time, and who takes nothing for a minute is cut off.
  @CsvSource({"false, 16", "true, 4"})
  void twoHundredPullsAtOnceGetEveryByteWithinTheMemoryLimit(boolean tls, int layerMebibytes)
      throws Exception {
    TestImage image = TestImage.of(1, layerMebibytes << 20);
    TestCertificate certificate = TestCertificate.make(directory);
    Path secret = directory.resolve("secret");
    certificate.mount(secret);
    Path store = directory.resolve("store");
    try (BlobStore open = BlobStore.open(store)) {
      image.store(open, image.amd64());
    }
    CountDownLatch begun = new CountDownLatch(PULLS);
    CountDownLatch fast = new CountDownLatch(PULLS / 2);
    try (ProgramProcess registry =
            new ProgramProcess(
                directory,
                "serve",
                "--store=" + store,
                "--listen=127.0.0.1:0",
                "--tls-listen=127.0.0.1:0",
                "--tls-cert=" + secret.resolve("tls.crt"),
                "--tls-key=" + secret.resolve("tls.key"),
                "--management-listen=127.0.0.1:0");
        ExecutorService clients = Executors.newFixedThreadPool(PULLS)) {
      Server server =
          tls
              ? new Server(
                  registry.listening("tls"),
                  TestCertificate.trusting(certificate).getSocketFactory())
              : new Server(registry.listening(), SocketFactory.getDefault());
      List<Future<String>> pulls = new ArrayList<>();
      for (int i = 0; i < PULLS; i++) {
        boolean slow = i % 2 == 1;
        String blob = "/v2/ipfs/" + image.cid() + "/blobs/" + layer(image, i);
        pulls.add(clients.submit(() -> pull(server, blob, slow, begun, fast)));
      }
      for (int i = 0; i < PULLS; i++) {
        assertThat(pulls.get(i).get()).isEqualTo(layer(image, i).hex());
      }
      assertThat(registry.peakKib()).isLessThanOrEqualTo(MAX_RESIDENT_KIB);
    }
  }

  private static Digest layer(TestImage image, int pull) {
    return image.amd64().layers().get(pull / 2 % 2).digest();
  }

  /**
   * How it is reached.
   *
   * @param address HOST:PORT
   */
  private record Server(String address, SocketFactory sockets) {
    Socket connect(int receiveBuffer) throws Exception {
      Socket socket = sockets.createSocket();
      socket.setReceiveBufferSize(receiveBuffer);
      String[] parts = address.split(":");
      // A handshake has 10 seconds, which is little for 200 at once on a busy machine.
      GREETINGS.acquire();
      try {
        socket.connect(new InetSocketAddress(parts[0], Integer.parseInt(parts[1])));
        if (socket instanceof SSLSocket tls) {
          tls.startHandshake();
        }
      } finally {
        GREETINGS.release();
      }
      return socket;
    }
  }

  private static String pull(
      Server server, String blob, boolean slow, CountDownLatch begun, CountDownLatch fast)
      throws Exception {
    MessageDigest hash = MessageDigest.getInstance("SHA-256");
    // Small, so that it is the registry that waits.
    try (Socket socket = server.connect(slow ? 8 << 10 : 256 << 10)) {
      String request =
          "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".formatted(blob);
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      InputStream body = socket.getInputStream();
      assertThat(head(body)).startsWith("HTTP/1.1 200 ");
      begun.countDown();
      begun.await();
      if (slow) {
        fast.await();
      }
      byte[] buffer = new byte[64 << 10];
      for (int read; (read = body.read(buffer)) >= 0; ) {
        hash.update(buffer, 0, read);
      }
    }
    if (!slow) {
      fast.countDown();
    }
    return HexFormat.of().formatHex(hash.digest());
  }

  private static String head(InputStream in) throws Exception {
    StringBuilder head = new StringBuilder();
    for (int next; head.indexOf("\r\n\r\n") < 0 && (next = in.read()) >= 0; ) {
      head.append((char) next);
    }
    return head.toString();
  }
}
