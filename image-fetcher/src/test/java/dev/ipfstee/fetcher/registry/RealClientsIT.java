package dev.ipfstee.fetcher.registry;

import static dev.ipfstee.fetcher.registry.Programs.run;
import static dev.ipfstee.fetcher.registry.Programs.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.TestImage;
import dev.ipfstee.fetcher.testing.TestCertificate;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The programs that pull on a node, and the one with which people look, against the registry. */
class RealClientsIT {
  private static final TestImage IMAGE = TestImage.of(1, 300_000);

  @TempDir static Path temp;
  private static Path store;
  private static TestImage.Signature signature;
  private static TestCertificate certificate;
  private static TlsFiles files;
  private static RunningRegistry registry;

  @BeforeAll
  static void start() throws Exception {
    store = temp.resolve("store");
    try (BlobStore writer = BlobStore.open(store)) {
      signature = IMAGE.storeSigned(writer, IMAGE.amd64());
    }
    certificate = TestCertificate.make(temp);
    Path volume = temp.resolve("secret");
    certificate.mount(volume);
    files = new TlsFiles(volume.resolve("tls.crt"), volume.resolve("tls.key"));
    registry = RunningRegistry.withTls(store, files);
  }

  @AfterAll
  static void stop() {
    registry.close();
  }

  private static String reference() {
    return registry.hostAndPort() + "/ipfs/" + IMAGE.cid() + "@" + IMAGE.index().digest();
  }

  @Test
  void skopeoCopiesByDigestAndSeesTheIndexUnchanged() throws Exception {
    String raw = run("skopeo", "inspect", "--raw", "--tls-verify=false", "docker://" + reference());
    assertThat(raw).isEqualTo(new String(IMAGE.index().content(), StandardCharsets.UTF_8));

    Path copy = temp.resolve("copy");
    run(
        "skopeo",
        "copy",
        "--override-os=linux",
        "--override-arch=amd64",
        "--src-tls-verify=false",
        "docker://" + reference(),
        "dir:" + copy);
    assertThat(copy.resolve("manifest.json")).hasBinaryContent(IMAGE.amd64().manifest().content());
    for (TestImage.Blob layer : IMAGE.amd64().layers()) {
      assertThat(copy.resolve(layer.digest().hex())).hasBinaryContent(layer.content());
    }
  }

  @Test
  void skopeoReadsTheStoreItselfAsAnImageLayout() throws Exception {
    String raw = run("skopeo", "inspect", "--raw", "oci:" + store + ":" + IMAGE.cid());
    assertThat(raw).isEqualTo(new String(IMAGE.index().content(), StandardCharsets.UTF_8));
    run(
        "skopeo",
        "copy",
        "--override-os=linux",
        "--override-arch=amd64",
        "oci:" + store + ":" + IMAGE.cid(),
        "dir:" + temp.resolve("from-layout"));
    assertThat(temp.resolve("from-layout/manifest.json"))
        .hasBinaryContent(IMAGE.amd64().manifest().content());
  }

  @Test
  void skopeoIsToldWhichPlatformIsMissing() throws Exception {
    Process copy =
        process(
            temp.resolve("missing-platform"),
            "skopeo",
            "copy",
            "--override-os=linux",
            "--override-arch=arm64",
            "--src-tls-verify=false",
            "docker://" + reference(),
            "dir:" + temp.resolve("arm64"));
    assertThat(copy.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(copy.exitValue()).isNotZero();
    assertThat(temp.resolve("missing-platform")).content().contains("wasn't fetched");
  }

  @ParameterizedTest
  @EnumSource
  void containerdPullsThePinnedImageWithStockConfiguration(Containerd.Version version)
      throws Exception {
    try (Containerd containerd = Containerd.start(version, temp.resolve("containerd-" + version))) {
      containerd.fetch(reference());
      String content = containerd.ctr("content", "ls", "-q");
      for (TestImage.Blob blob : IMAGE.amd64().blobs()) {
        assertThat(content).contains(blob.digest().toString());
      }
      assertThat(content).contains(IMAGE.index().digest().toString());
      assertThat(containerd.ctr("images", "ls")).contains(reference());
    }
  }

  @Test
  void craneValidatesAndPullsByDigestAndByTag() throws Exception {
    String crane = tool("crane");
    String repository = registry.hostAndPort() + "/ipfs/" + IMAGE.cid();
    assertThat(run(crane, "digest", "--insecure", repository + ":latest").strip())
        .isEqualTo(IMAGE.index().digest().toString());
    run(crane, "validate", "--insecure", "--platform=linux/amd64", "--remote=" + reference());
    Path copy = temp.resolve("crane");
    run(
        crane,
        "pull",
        "--insecure",
        "--platform=linux/amd64",
        "--format=oci",
        reference(),
        copy.toString());
    for (TestImage.Blob blob : IMAGE.amd64().blobs()) {
      assertThat(copy.resolve("blobs/sha256").resolve(blob.digest().hex()))
          .hasBinaryContent(blob.content());
    }
  }

  @Test
  void signatureIsFoundByItsTagInTheRegistryAndInTheStore() throws Exception {
    String tag = signature.tag();
    String text = new String(signature.manifest().content(), StandardCharsets.UTF_8);
    String repository = registry.hostAndPort() + "/ipfs/" + IMAGE.cid();

    assertThat(
            run(
                "skopeo",
                "inspect",
                "--raw",
                "--tls-verify=false",
                "docker://" + repository + ":" + tag))
        .isEqualTo(text);
    assertThat(run("skopeo", "inspect", "--raw", "oci:" + store + ":" + tag)).isEqualTo(text);
    Path copy = temp.resolve("signature");
    run(
        "skopeo",
        "copy",
        "--src-tls-verify=false",
        "docker://" + repository + ":" + tag,
        "dir:" + copy);
    assertThat(copy.resolve(signature.payload().digest().hex()))
        .hasBinaryContent(signature.payload().content());
    String crane = tool("crane");
    assertThat(run(crane, "ls", "--insecure", repository).lines()).containsExactly("latest", tag);
    assertThat(run(crane, "digest", "--insecure", repository + ":" + tag).strip())
        .isEqualTo(signature.manifest().digest().toString());
  }

  @Test
  void skopeoAndCurlPullOverTlsByTheCertificateAlone() throws Exception {
    Path authorities = Files.createDirectory(temp.resolve("authorities"));
    Files.copy(files.certificate(), authorities.resolve("ca.crt"));
    Path copy = temp.resolve("over-tls");
    run(
        "skopeo",
        "copy",
        "--override-os=linux",
        "--override-arch=amd64",
        "--src-cert-dir=" + authorities,
        "docker://" + secure() + "/ipfs/" + IMAGE.cid() + "@" + IMAGE.index().digest(),
        "dir:" + copy);
    for (TestImage.Blob layer : IMAGE.amd64().layers()) {
      assertThat(copy.resolve(layer.digest().hex())).hasBinaryContent(layer.content());
    }
    for (String version : List.of("1.2", "1.3")) {
      assertThat(curl(version)).isEqualTo("200 1.1");
    }
    assertThatThrownBy(() -> curl("1.1")).isInstanceOf(AssertionError.class);
  }

  /** Status and version of HTTP. */
  private static String curl(String version) throws Exception {
    return run(
        "curl",
        "--silent",
        "--show-error",
        "--tlsv" + version,
        "--tls-max",
        version,
        "--ciphers",
        "DEFAULT:@SECLEVEL=0",
        "--cacert",
        files.certificate().toString(),
        "--output",
        "/dev/null",
        "--write-out",
        "%{http_code} %{http_version}",
        "https://" + secure() + "/v2/");
  }

  private static String secure() {
    return "localhost:" + registry.server().tlsAddress().orElseThrow().port();
  }

  /** Asks the registry for a path. */
  private interface Get {
    HttpResponse<byte[]> answer(String path, String... headers) throws Exception;
  }

  /** The requests of image-rs, which pulls inside the guest of a confidential pod. */
  @Test
  void guestPullFindsEverythingInItsOrder() throws Exception {
    guestPull(registry::get);
  }

  @Test
  void guestPullFindsEverythingInItsOrderOverTls() throws Exception {
    try (HttpClient client =
        HttpClient.newBuilder().sslContext(TestCertificate.trusting(certificate)).build()) {
      guestPull(
          (path, headers) -> {
            HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("https://" + secure() + path));
            if (headers.length > 0) {
              request.headers(headers);
            }
            return client.send(request.build(), BodyHandlers.ofByteArray());
          });
    }
  }

  private static void guestPull(Get get) throws Exception {
    String repository = "/v2/ipfs/" + IMAGE.cid();
    String accept =
        String.join(
            ", ",
            "application/vnd.docker.distribution.manifest.v2+json",
            "application/vnd.docker.distribution.manifest.list.v2+json",
            MediaTypes.OCI_MANIFEST,
            MediaTypes.OCI_INDEX);
    assertThat(get.answer("/v2/").statusCode()).isEqualTo(200);
    for (TestImage.Blob document : List.of(IMAGE.index(), IMAGE.amd64().manifest())) {
      HttpResponse<byte[]> response =
          get.answer(repository + "/manifests/" + document.digest(), "Accept", accept);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).isEqualTo(document.content());
      assertThat(response.headers().firstValue("docker-content-digest"))
          .contains(document.digest().toString());
    }
    assertThat(blob(get, repository, IMAGE.amd64().config().digest()))
        .isEqualTo(IMAGE.amd64().config().content());
    try (ExecutorService downloads = Executors.newFixedThreadPool(3)) {
      List<Future<byte[]>> layers = new ArrayList<>();
      for (TestImage.Blob layer : IMAGE.amd64().layers()) {
        layers.add(downloads.submit(() -> blob(get, repository, layer.digest())));
      }
      for (int i = 0; i < layers.size(); i++) {
        assertThat(layers.get(i).get()).isEqualTo(IMAGE.amd64().layers().get(i).content());
      }
    }
    HttpResponse<byte[]> signed = get.answer(repository + "/manifests/" + signature.tag());
    assertThat(signed.body()).isEqualTo(signature.manifest().content());
  }

  private static byte[] blob(Get get, String repository, Digest digest) throws Exception {
    HttpResponse<byte[]> response = get.answer(repository + "/blobs/" + digest);
    assertThat(response.statusCode()).isEqualTo(200);
    return response.body();
  }

  private static Process process(Path log, String... command) throws IOException {
    return new ProcessBuilder(Stream.of(command).toList())
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }
}
