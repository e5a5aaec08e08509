package dev.ipfstee.fetcher;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.TestImage;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The registry's memory, with the options of its image, when a whole node pulls at once. */
@Timeout(600)
class ManyPullsIT {
  private static final int PULLS = 200;
  private static final int LAYER_BYTES = 16 << 20;
  private static final long MAX_RESIDENT_KIB = 192 << 10;
  private static final TestImage IMAGE = TestImage.of(1, LAYER_BYTES);

  @TempDir private Path directory;

  /** Every second client doesn't read on before all the others have come to their end. */
  @Test
  void twoHundredPullsAtOnceGetEveryByteWithinTheMemoryLimit() throws Exception {
    Path store = directory.resolve("store");
    try (BlobStore open = BlobStore.open(store)) {
      IMAGE.store(open, IMAGE.amd64());
    }
    CountDownLatch begun = new CountDownLatch(PULLS);
    CountDownLatch fast = new CountDownLatch(PULLS / 2);
    try (ProgramProcess registry =
            new ProgramProcess(
                directory,
                "serve",
                "--store=" + store,
                "--listen=127.0.0.1:0",
                "--management-listen=127.0.0.1:0");
        ExecutorService clients = Executors.newFixedThreadPool(PULLS)) {
      String[] address = registry.listening().split(":");
      InetSocketAddress server = new InetSocketAddress(address[0], Integer.parseInt(address[1]));
      List<Future<String>> pulls = new ArrayList<>();
      for (int i = 0; i < PULLS; i++) {
        boolean slow = i % 2 == 1;
        Digest layer = layer(i);
        pulls.add(clients.submit(() -> pull(server, layer, slow, begun, fast)));
      }
      for (int i = 0; i < PULLS; i++) {
        assertThat(pulls.get(i).get()).isEqualTo(layer(i).hex());
      }
      assertThat(registry.peakKib()).isLessThanOrEqualTo(MAX_RESIDENT_KIB);
    }
  }

  private static Digest layer(int pull) {
    return IMAGE.amd64().layers().get(pull / 2 % 2).digest();
  }

  private static String pull(
      SocketAddress server, Digest layer, boolean slow, CountDownLatch begun, CountDownLatch fast)
      throws Exception {
    MessageDigest hash = MessageDigest.getInstance("SHA-256");
    try (Socket socket = new Socket()) {
      // Small, so that it is the registry that waits.
      socket.setReceiveBufferSize(slow ? 8 << 10 : 256 << 10);
      socket.connect(server);
      String request =
          "GET /v2/ipfs/%s/blobs/%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
              .formatted(IMAGE.cid(), layer);
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
