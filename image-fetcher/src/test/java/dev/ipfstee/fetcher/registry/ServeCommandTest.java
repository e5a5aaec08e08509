package dev.ipfstee.fetcher.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.TestImage;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ServeCommandTest {
  @TempDir Path temp;

  @Test
  void servesFiftyPullsWithASmallHeapAndStopsWithZeroOnSigterm() throws Exception {
    TestImage image = TestImage.of(1, 8 << 20);
    Path root = temp.resolve("store");
    try (BlobStore store = BlobStore.open(root)) {
      image.store(store, image.amd64());
    }
    try (CommandProcess serve =
            CommandProcess.start(
                temp.resolve("log"),
                List.of(),
                // The root file system of a pod is read only; nobody can write to this directory.
                List.of("-Xmx64m", "-XX:MaxDirectMemorySize=64m", "-Djava.io.tmpdir=/proc"),
                "serve",
                "--store=" + root,
                "--listen=127.0.0.1:0",
                "--management-listen=127.0.0.1:0");
        HttpClient client = HttpClient.newHttpClient();
        ExecutorService pulls = Executors.newVirtualThreadPerTaskExecutor()) {
      String address = serve.awaitOutput("\"listen\":\"([^\"]+)\"");
      List<Future<String>> digests = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        Digest layer = image.amd64().layers().get(i % 2).digest();
        digests.add(pulls.submit(() -> pull(client, address, image.cid(), layer)));
      }
      for (int i = 0; i < 50; i++) {
        assertThat(digests.get(i).get())
            .isEqualTo(image.amd64().layers().get(i % 2).digest().hex());
      }
      serve.terminate();
      assertThat(serve.awaitExit()).isZero();
      assertThat(serve.output())
          .contains("\"message\":\"serving\"")
          .contains("\"message\":\"stopped\"")
          .doesNotContain("OutOfMemory")
          .doesNotContain("Exception");
      assertThat(serve.output().lines()).allMatch(line -> line.startsWith("{\"time\":\""));
    }
  }

  private static String pull(HttpClient client, String address, String cid, Digest digest)
      throws Exception {
    URI blob = URI.create("http://" + address + "/v2/ipfs/" + cid + "/blobs/" + digest);
    MessageDigest hash = MessageDigest.getInstance("SHA-256");
    try (InputStream body =
        client.send(HttpRequest.newBuilder(blob).build(), BodyHandlers.ofInputStream()).body()) {
      byte[] buffer = new byte[64 << 10];
      int read;
      while ((read = body.read(buffer)) >= 0) {
        hash.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(hash.digest());
  }

  @Test
  void takenAddressIsAFailureThatNamesIt() throws Exception {
    Files.createDirectory(temp.resolve("store"));
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        CommandProcess serve =
            CommandProcess.start(
                temp.resolve("log"),
                List.of(),
                List.of(),
                "serve",
                "--store=" + temp.resolve("store"),
                "--listen=127.0.0.1:" + taken.getLocalPort())) {
      assertThat(serve.awaitExit()).isNotZero();
      assertThat(serve.output())
          .contains("failed to listen on 127.0.0.1:" + taken.getLocalPort())
          .contains("Address already in use");
    }
  }

  @Test
  void addressThatIsNoneIsAUsageError() {
    CommandLine serve = new CommandLine(new ServeCommand());
    for (String address : List.of("5050", "localhost", "1.2.3.4:99999", "::1:5050", "a b:1")) {
      assertThat(serve.execute("--store=x", "--listen=" + address)).isEqualTo(2);
    }
    assertThat(serve.execute("--store=x", "--max-connections=0")).isEqualTo(2);
    assertThat(serve.execute("--store=x", "--peers=y")).isEqualTo(2);
    assertThat(serve.execute("--store=x", "--tls-listen=127.0.0.1:0")).isEqualTo(2);
    assertThat(serve.execute("--store=x", "--tls-cert=y", "--tls-key=z")).isEqualTo(2);
    assertThat(serve.execute()).isEqualTo(2);
  }

  @Test
  void sweepingNeedsTheDesiredSetAndTimeForTheKubelet() {
    for (List<String> options :
        List.of(
            List.of("--sweep-after=1h"),
            List.of("--sweep-quota=1Gi"),
            List.of("--sweep-quota=1Gi", "--desired=x"),
            List.of("--sweep-after=0s", "--desired=x"),
            List.of("--sweep-after=4m59s", "--desired=x"))) {
      StringWriter err = new StringWriter();
      List<String> arguments = new ArrayList<>(options);
      arguments.add("--store=x");
      assertThat(
              new CommandLine(new ServeCommand())
                  .setErr(new PrintWriter(err))
                  .execute(arguments.toArray(String[]::new)))
          .isEqualTo(2);
      assertThat(err.toString()).contains(options.contains("--sweep-after=4m59s") ? "299s" : "--");
    }
  }

  @Test
  void followsTheDesiredSetAndSaysWhatItSees() throws Exception {
    MountedSet mounted = new MountedSet(temp.resolve("desired"));
    mounted.show(MountedSet.image(TestImage.of(1, 1000).cid(), "10.0.0.1"));
    BlobStore.open(temp.resolve("store")).close();
    try (CommandProcess serve =
            CommandProcess.start(
                temp.resolve("log"),
                List.of(),
                List.of(),
                "serve",
                "--store=" + temp.resolve("store"),
                "--listen=127.0.0.1:0",
                "--management-listen=127.0.0.1:0",
                "--desired=" + mounted.file(),
                "--sweep-after=5m");
        HttpClient client = HttpClient.newHttpClient()) {
      String address = serve.awaitOutput("\"management\":\"([^\"]+)\"");
      String metrics =
          client
              .send(
                  HttpRequest.newBuilder(URI.create("http://" + address + "/metrics")).build(),
                  BodyHandlers.ofString())
              .body();
      assertThat(metrics)
          .contains("ipfstee_registry_desired_readable 1.0")
          .contains("ipfstee_registry_desired_images 1.0");
      assertThat(serve.output()).contains("the desired set is read").doesNotContain("WARN");
      serve.terminate();
      assertThat(serve.awaitExit()).isZero();
    }
  }

  @Test
  void storeThatCantBeWrittenIsNoneToSweep() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")));
    Path store = Files.createDirectory(temp.resolve("store"));
    Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("r-x------"));
    // For root the permissions count only without this capability.
    String capabilities = "-dac_override";
    try (CommandProcess serve =
        CommandProcess.start(
            temp.resolve("log"),
            List.of("setpriv", "--bounding-set=" + capabilities, "--inh-caps=" + capabilities),
            List.of(),
            "serve",
            "--store=" + store,
            "--listen=127.0.0.1:0",
            "--desired=" + temp.resolve("none"),
            "--sweep-after=5m")) {
      assertThat(serve.awaitExit()).isNotZero();
      assertThat(serve.output())
          .contains("the store '" + store + "': it can't be written by this user")
          .contains("leave --sweep-after out");
    }
  }

  @Test
  void addressesOfBothFamiliesAreUnderstood() {
    assertThat(ListenAddress.parse("[::1]:5050")).hasToString("[::1]:5050");
    assertThat(ListenAddress.parse("0.0.0.0:8081")).hasToString("0.0.0.0:8081");
    assertThat(ListenAddress.parse("localhost:0").host()).isEqualTo("localhost");
  }
}
