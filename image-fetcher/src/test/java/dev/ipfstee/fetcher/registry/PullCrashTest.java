package dev.ipfstee.fetcher.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.TestImage;
import dev.ipfstee.fetcher.testing.FaultyPeer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A registry that is killed in the middle of a pull, as a process of its own. */
@Timeout(180)
class PullCrashTest {
  private static final TestImage IMAGE = TestImage.of(1, 3 << 20);
  private static final TestImage.Blob LAYER = IMAGE.amd64().layers().getFirst();
  private static final String REPOSITORY = "/v2/ipfs/" + IMAGE.cid();

  @TempDir private Path temp;
  private final HttpClient client = HttpClient.newHttpClient();

  private CommandProcess serve(Path store, FaultyPeer peer, String log) throws IOException {
    return CommandProcess.start(
        temp.resolve(log),
        List.of(),
        List.of(),
        "serve",
        "--store=" + store,
        "--listen=127.0.0.1:0",
        "--peers=" + peer.host(),
        "--min-free=0");
  }

  private <T> HttpResponse<T> get(
      CommandProcess registry, String path, HttpResponse.BodyHandler<T> body) throws Exception {
    String address = registry.awaitOutput("\"listen\":\"([^\"]+)\"");
    URI uri = URI.create("http://" + address + REPOSITORY + path);
    HttpResponse<T> response;
    do {
      // On a busy machine a peer may need longer to say what it has than it is given.
      response = client.send(HttpRequest.newBuilder(uri).build(), body);
    } while (response.statusCode() != 200);
    return response;
  }

  private static long bytesInRuns(Path store) {
    try (Stream<Path> files = Files.walk(store.resolve("ingest"))) {
      return files
          .filter(file -> file.toString().contains("/run-") && Files.isRegularFile(file))
          .mapToLong(file -> file.toFile().length())
          .sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Test
  void leavesOnlyLeftoversThatTheNextStartRemoves() throws Exception {
    Path storeA = temp.resolve("a");
    Path storeB = temp.resolve("b");
    BlobStore.open(storeB).close();
    try (BlobStore store = BlobStore.open(storeA)) {
      IMAGE.store(store, IMAGE.amd64());
    }
    // Not 127.0.0.1, which the process knows as its own.
    try (RunningRegistry a = new RunningRegistry(storeA);
        FaultyPeer peer = new FaultyPeer(a.peerUrl(), new InetSocketAddress("127.0.0.2", 0))) {
      try (CommandProcess b = serve(storeB, peer, "killed")) {
        get(b, "/manifests/" + IMAGE.index().digest(), BodyHandlers.ofByteArray());
        get(b, "/manifests/" + IMAGE.amd64().manifest().digest(), BodyHandlers.ofByteArray());
        peer.stallAfter(1 << 20);
        InputStream body = get(b, "/blobs/" + LAYER.digest(), BodyHandlers.ofInputStream()).body();
        assertThat(body.readNBytes(1 << 19)).hasSize(1 << 19);
      } // SIGKILL
      assertThat(bytesInRuns(storeB)).isGreaterThan(1 << 19);
      assertThat(names(storeB.resolve("blobs/sha256")))
          .containsExactlyInAnyOrder(
              IMAGE.index().digest().hex(), IMAGE.amd64().manifest().digest().hex());

      peer.with(FaultyPeer.NONE);
      try (CommandProcess again = serve(storeB, peer, "again")) {
        again.awaitOutput("\"message\":\"(serving)\"");
        assertThat(bytesInRuns(storeB)).isZero();
        HttpResponse<byte[]> blob =
            get(again, "/blobs/" + LAYER.digest(), BodyHandlers.ofByteArray());
        assertThat(blob.body()).isEqualTo(LAYER.content());
      }
    }
  }
}
