package dev.ipfstee.fetcher.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.TestImage;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionLimitTest {
  private static final TestImage IMAGE = TestImage.of(1, 20 << 20);
  private static final TestImage.Blob LAYER = IMAGE.amd64().layers().getFirst();
  private static final String GET_LAYER =
      "GET /v2/ipfs/" + IMAGE.cid() + "/blobs/" + LAYER.digest() + " HTTP/1.1\r\nHost: x\r\n\r\n";

  @TempDir Path temp;

  @BeforeEach
  void store() {
    try (BlobStore store = BlobStore.open(temp.resolve("store"))) {
      IMAGE.store(store, IMAGE.amd64());
    }
  }

  @Test
  void connectionAboveTheLimitIsTold503AndOneThatCameBackIsServed() throws Exception {
    try (RunningRegistry registry = new RunningRegistry(temp.resolve("store"), 1)) {
      try (Socket slow = beginDownload(registry)) {
        String refused =
            RawHttp.exchange(registry.server().address(), "GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(refused)
            .startsWith("HTTP/1.1 503 ")
            .containsIgnoringCase("retry-after: 1")
            .containsIgnoringCase("connection: close")
            .contains("TOOMANYREQUESTS");
        assertThat(finish(slow)).isEqualTo(LAYER.size());
      }
      String served;
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      do {
        served =
            RawHttp.exchange(registry.server().address(), "GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n");
      } while (!served.startsWith("HTTP/1.1 200 ") && System.nanoTime() < deadline);
      assertThat(served).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void stopFinishesWhatIsUnderWayAndTakesNothingNew() throws Exception {
    try (RunningRegistry registry = new RunningRegistry(temp.resolve("store"));
        Socket slow = beginDownload(registry)) {
      CompletableFuture<Boolean> stopped =
          CompletableFuture.supplyAsync(() -> registry.server().stop(Duration.ofSeconds(30)));
      String late;
      do {
        late = attempt(registry);
      } while (late.startsWith("HTTP/1.1 200 "));
      assertThat(late).isEmpty();
      assertThat(stopped).isNotDone();
      assertThat(finish(slow)).isEqualTo(LAYER.size());
      assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
      assertThat(registry.log()).contains("\"message\":\"stopped\"");
    }
  }

  @Test
  void stopDoesNotWaitForAClientThatTakesNothing() throws Exception {
    try (RunningRegistry registry = new RunningRegistry(temp.resolve("store"));
        Socket slow = beginDownload(registry)) {
      assertThat(slow.isConnected()).isTrue();
      assertThat(registry.server().stop(Duration.ofMillis(100))).isFalse();
    }
  }

  private static String attempt(RunningRegistry registry) {
    try {
      return RawHttp.exchange(registry.server().address(), "GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n");
    } catch (IOException refused) {
      return "";
    }
  }

  /** Reads the headers of a layer that is far larger than all socket buffers. */
  private static Socket beginDownload(RunningRegistry registry) throws Exception {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(64 << 10);
    socket.setSoTimeout(20_000);
    socket.connect(
        new InetSocketAddress(
            InetAddress.getLoopbackAddress(), registry.server().address().port()));
    socket.getOutputStream().write(GET_LAYER.getBytes(StandardCharsets.US_ASCII));
    InputStream in = socket.getInputStream();
    StringBuilder headers = new StringBuilder();
    while (headers.indexOf("\r\n\r\n") < 0) {
      headers.append((char) in.read());
    }
    assertThat(headers).startsWith("HTTP/1.1 200 ");
    return socket;
  }

  private static long finish(Socket socket) throws Exception {
    return socket.getInputStream().readNBytes(LAYER.size()).length;
  }
}
