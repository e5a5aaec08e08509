package dev.ipfstee.fetcher.registry;

import static dev.ipfstee.fetcher.registry.RunningRegistry.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoredImage;
import dev.ipfstee.fetcher.store.TestImage;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryServerTest {
  private static final TestImage IMAGE = TestImage.of(1, 5000);
  private static final TestImage OTHER = TestImage.of(2, 100);
  private static final String REPOSITORY = "/v2/ipfs/" + IMAGE.cid();
  private static final TestImage.Blob LAYER = IMAGE.amd64().layers().getFirst();
  private static final String BLOB = REPOSITORY + "/blobs/" + LAYER.digest();
  private static final String INDEX = REPOSITORY + "/manifests/" + IMAGE.index().digest();

  @TempDir static Path temp;
  private static Path root;
  private static RunningRegistry registry;

  @BeforeAll
  static void start() {
    root = temp.resolve("store");
    try (BlobStore store = BlobStore.open(root)) {
      IMAGE.store(store, IMAGE.amd64());
      OTHER.store(store, OTHER.amd64());
    }
    registry = new RunningRegistry(root);
  }

  @AfterAll
  static void stop() {
    registry.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v2/", "/v2"})
  void baseTellsThatThisIsARegistry(String path) throws Exception {
    HttpResponse<byte[]> response = registry.get(path);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(header(response, "docker-distribution-api-version")).isEqualTo("registry/2.0");
    assertThat(registry.head(path).statusCode()).isEqualTo(200);
  }

  @Test
  void indexIsServedUnchangedByDigestAndAsLatest() throws Exception {
    for (String reference : List.of(IMAGE.index().digest().toString(), "latest")) {
      HttpResponse<byte[]> response =
          registry.get(REPOSITORY + "/manifests/" + reference, "Accept", MediaTypes.OCI_INDEX);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).isEqualTo(IMAGE.index().content());
      assertThat(header(response, "content-type")).isEqualTo(MediaTypes.OCI_INDEX);
      assertThat(header(response, "docker-content-digest"))
          .isEqualTo(IMAGE.index().digest().toString());
      assertThat(header(response, "etag")).isEqualTo("\"" + IMAGE.index().digest() + "\"");
      assertThat(header(response, "content-length")).isEqualTo("" + IMAGE.index().size());
    }
  }

  @Test
  void headHasTheHeadersOfGetAndNoBody() throws Exception {
    for (String path : List.of(INDEX, BLOB)) {
      HttpResponse<byte[]> head = registry.head(path);
      HttpResponse<byte[]> get = registry.get(path);
      assertThat(head.statusCode()).isEqualTo(200);
      assertThat(head.body()).isEmpty();
      assertThat(head.headers()).isEqualTo(get.headers());
      assertThat(header(head, "content-length")).isEqualTo("" + get.body().length);
    }
  }

  @Test
  void manifestOfTheStoredPlatformIsServed() throws Exception {
    HttpResponse<byte[]> response =
        registry.get(REPOSITORY + "/manifests/" + IMAGE.amd64().manifest().digest());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(IMAGE.amd64().manifest().content());
    assertThat(header(response, "content-type")).isEqualTo(MediaTypes.OCI_MANIFEST);
  }

  @Test
  void platformThatWasNotFetchedIsUnknownAndTheMessageSaysWhy() throws Exception {
    HttpResponse<byte[]> response =
        registry.get(REPOSITORY + "/manifests/" + IMAGE.arm64().manifest().digest());
    assertError(response, 404, "MANIFEST_UNKNOWN");
    assertThat(text(response)).contains("linux/arm64").contains("wasn't fetched");
  }

  @Test
  void configAndLayersAreServed() throws Exception {
    for (TestImage.Blob blob : IMAGE.amd64().blobs()) {
      HttpResponse<byte[]> response = registry.get(REPOSITORY + "/blobs/" + blob.digest());
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).isEqualTo(blob.content());
      assertThat(header(response, "content-type")).isEqualTo("application/octet-stream");
      assertThat(header(response, "docker-content-digest")).isEqualTo(blob.digest().toString());
      assertThat(header(response, "accept-ranges")).isEqualTo("bytes");
    }
  }

  @Test
  void digestIsServedOnlyUnderTheRepositoryItWasFetchedFor() throws Exception {
    String foreign = OTHER.amd64().layers().getFirst().digest().toString();
    assertError(registry.get(REPOSITORY + "/blobs/" + foreign), 404, "BLOB_UNKNOWN");
    assertError(
        registry.get(REPOSITORY + "/manifests/" + OTHER.index().digest()), 404, "MANIFEST_UNKNOWN");
    assertThat(registry.get("/v2/ipfs/" + OTHER.cid() + "/blobs/" + foreign).statusCode())
        .isEqualTo(200);
  }

  @Test
  void configIsNoManifest() throws Exception {
    assertError(
        registry.get(REPOSITORY + "/manifests/" + IMAGE.amd64().config().digest()),
        404,
        "MANIFEST_UNKNOWN");
  }

  @Test
  void repositoryThatIsNotStoredIsUnknown() throws Exception {
    String cid = Cid.raw(TestImage.sha256(new byte[] {1})).toString();
    for (String rest :
        List.of(
            "manifests/latest",
            "blobs/" + LAYER.digest(),
            "tags/list",
            "referrers/" + LAYER.digest())) {
      HttpResponse<byte[]> response = registry.get("/v2/ipfs/" + cid + "/" + rest);
      assertError(response, 404, "NAME_UNKNOWN");
      assertThat(text(response)).contains(cid);
    }
  }

  @Test
  void signatureTagOfTheGuestIsUnknown() throws Exception {
    assertError(
        registry.get(REPOSITORY + "/manifests/sha256-" + IMAGE.index().digest().hex() + ".sig"),
        404,
        "MANIFEST_UNKNOWN");
  }

  @Test
  void otherSpellingOfTheCidIsTheSameRepository() throws Exception {
    String base16 = "f" + "01551220" + IMAGE.index().digest().hex();
    HttpResponse<byte[]> response = registry.get("/v2/ipfs/" + base16 + "/manifests/latest");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(text(registry.get("/v2/ipfs/" + base16 + "/tags/list")))
        .isEqualTo("{\"name\":\"ipfs/" + IMAGE.cid() + "\",\"tags\":[\"latest\"]}");
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          /v2/ipfs/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnDqQ9/manifests/latest, 400, NAME_INVALID
          /v2/ipfs/../manifests/latest,                          400, NAME_INVALID
          /v2/ipfs/%2e%2e/manifests/latest,                      400, NAME_INVALID
          /v2/ipfs%2fbafy/manifests/latest,                      400, NAME_INVALID
          /v2/ipfs/bafy%00/manifests/latest,                     400, NAME_INVALID
          /v2/ipfs/bafy%/manifests/latest,                       400, NAME_INVALID
          /v2/ipfs//manifests/latest,                            400, NAME_INVALID
          /v2/IPFS/bafy/manifests/latest,                        400, NAME_INVALID
          /v2/manifests/latest,                                  400, NAME_INVALID
          /v2/library/alpine/manifests/latest,                   404, NAME_UNKNOWN
          /v2/ipfs/bafy/x/manifests/latest,                      404, NAME_UNKNOWN
          /v2/ipfs/notacid/manifests/latest,                     404, NAME_UNKNOWN
          /v2/_catalog,                                          404, UNSUPPORTED
          /v1/search,                                            404, UNSUPPORTED
          /,                                                     404, UNSUPPORTED
          """)
  void pathThatIsNoneIsRefusedByName(String path, int status, String code) throws Exception {
    // java.net.URI would refuse some of these itself.
    String answer =
        RawHttp.exchange(
            registry.server().address(), "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ").contains("\"code\":\"" + code);
  }

  @ParameterizedTest
  @CsvSource({
    "blobs/sha256:abc, 400, DIGEST_INVALID",
    "blobs/sha256:../../index.json, 400, NAME_INVALID",
    "blobs/latest, 400, DIGEST_INVALID",
    "manifests/sha256:ABC, 400, DIGEST_INVALID",
    "manifests/md5:00, 400, DIGEST_INVALID",
    "manifests/-bad, 404, MANIFEST_UNKNOWN",
    "manifests/v1, 404, MANIFEST_UNKNOWN",
    "referrers/x, 400, DIGEST_INVALID",
    "blobs/uploads/, 404, UNSUPPORTED",
  })
  void referenceThatIsNoneIsRefusedByName(String rest, int status, String code) throws Exception {
    assertError(registry.get(REPOSITORY + "/" + rest), status, code);
  }

  @Test
  void overlongPathIsRefused() throws Exception {
    assertError(registry.get("/v2/ipfs/" + "a".repeat(1100) + "/tags/list"), 400, "NAME_INVALID");
    String answer =
        RawHttp.exchange(
            registry.server().address(),
            "GET /v2/" + "a".repeat(10_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(answer).contains(" 414 ");
  }

  @Test
  void escapedColonIsAColon() throws Exception {
    assertThat(registry.get(BLOB.replace("sha256:", "sha256%3A")).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "POST", "PATCH", "DELETE", "OPTIONS"})
  void writesAreNotAllowed(String method) throws Exception {
    HttpResponse<byte[]> response = registry.send(method, INDEX);
    assertError(response, 405, "UNSUPPORTED");
    assertThat(header(response, "allow")).isEqualTo("GET, HEAD");
    assertThat(registry.send(method, REPOSITORY + "/blobs/uploads/").statusCode()).isEqualTo(405);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          */*                                                                        | 200
          application/*                                                              | 200
          application/vnd.oci.image.index.v1+json                                    | 200
          text/html, APPLICATION/vnd.oci.image.index.v1+json; q=0.5                  | 200
          application/vnd.docker.distribution.manifest.v2+json                       | 404
          application/vnd.oci.image.index.v1+json;q=0                                | 404
          application/vnd.oci.image.manifest.v1+json                                 | 404
          """)
  void onlyTheStoredMediaTypeIsSent(String accept, int status) throws Exception {
    HttpResponse<byte[]> response = registry.get(INDEX, "Accept", accept);
    assertThat(response.statusCode()).isEqualTo(status);
    if (status == 404) {
      assertError(response, 404, "MANIFEST_UNKNOWN");
      assertThat(text(response)).contains(MediaTypes.OCI_INDEX);
    }
  }

  @Test
  void whatTheClientHasIsNotSentAgain() throws Exception {
    for (String path : List.of(INDEX, BLOB)) {
      String etag = header(registry.head(path), "etag");
      for (String known : List.of(etag, "\"x\", " + etag, "W/" + etag, "*")) {
        HttpResponse<byte[]> response = registry.get(path, "If-None-Match", known);
        assertThat(response.statusCode()).isEqualTo(304);
        assertThat(response.body()).isEmpty();
        assertThat(header(response, "etag")).isEqualTo(etag);
      }
      assertThat(registry.get(path, "If-None-Match", "\"x\"").statusCode()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-0, 0, 1",
    "bytes=10-19, 10, 10",
    "bytes=100-, 100, -1",
    "bytes=-7, -7, 7",
    "bytes=-99999999, 0, -1",
    "bytes=5-99999999, 5, -1",
  })
  void singleRangeIsServed(String range, int from, int length) throws Exception {
    int size = LAYER.size();
    int start = from < 0 ? size + from : from;
    int end = length < 0 ? size : start + length;
    HttpResponse<byte[]> response = registry.get(BLOB, "Range", range);
    assertThat(response.statusCode()).isEqualTo(206);
    assertThat(response.body()).isEqualTo(Arrays.copyOfRange(LAYER.content(), start, end));
    assertThat(header(response, "content-range"))
        .isEqualTo("bytes " + start + "-" + (end - 1) + "/" + size);
    assertThat(registry.head(BLOB, "Range", range).headers()).isEqualTo(response.headers());
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=99999999-", "bytes=-0", "bytes=99999999-100000000"})
  void rangeOutsideOfTheBlobIsNotSatisfiable(String range) throws Exception {
    HttpResponse<byte[]> response = registry.get(BLOB, "Range", range);
    assertError(response, 416, "RANGE_INVALID");
    assertThat(header(response, "content-range")).isEqualTo("bytes */" + LAYER.size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"bytes=0-1,4-5", "bytes=5-4", "bytes=-", "lines=0-1", "bytes=a-b", "nonsense"})
  void otherRangesGetTheWhole(String range) throws Exception {
    HttpResponse<byte[]> response = registry.get(BLOB, "Range", range);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(LAYER.content());
  }

  @Test
  void rangeOfAnotherVersionGetsTheWhole() throws Exception {
    String etag = header(registry.head(BLOB), "etag");
    assertThat(registry.get(BLOB, "Range", "bytes=0-9", "If-Range", etag).statusCode())
        .isEqualTo(206);
    assertThat(registry.get(BLOB, "Range", "bytes=0-9", "If-Range", "\"x\"").statusCode())
        .isEqualTo(200);
  }

  @Test
  void tagsAreListedAsTheClientPagesThem() throws Exception {
    String all = "{\"name\":\"ipfs/" + IMAGE.cid() + "\",\"tags\":[\"latest\"]}";
    String none = "{\"name\":\"ipfs/" + IMAGE.cid() + "\",\"tags\":[]}";
    assertThat(text(registry.get(REPOSITORY + "/tags/list"))).isEqualTo(all);
    assertThat(text(registry.get(REPOSITORY + "/tags/list?n=5"))).isEqualTo(all);
    assertThat(text(registry.get(REPOSITORY + "/tags/list?n=0"))).isEqualTo(none);
    assertThat(text(registry.get(REPOSITORY + "/tags/list?last=latest"))).isEqualTo(none);
  }

  @Test
  void namespaceThatContainerdAddsIsIgnored() throws Exception {
    assertThat(registry.get(INDEX + "?ns=localhost%3A5050").statusCode()).isEqualTo(200);
  }

  @Test
  void errorsCarryNoControlCharacters() throws Exception {
    String answer =
        RawHttp.exchange(
            registry.server().address(),
            "GET /v2/ipfs/a\u001b[31mb/tags/list HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 4").doesNotContain("\u001b");
  }

  @Test
  void imageAddedWhileServingIsServed() throws Exception {
    TestImage late = TestImage.of(77, 100);
    String path = "/v2/ipfs/" + late.cid() + "/manifests/latest";
    assertThat(registry.get(path).statusCode()).isEqualTo(404);
    try (BlobStore store = BlobStore.open(root)) {
      late.store(store, late.amd64());
      assertThat(registry.get(path).statusCode()).isEqualTo(200);
      String arm64 = "/v2/ipfs/" + late.cid() + "/manifests/" + late.arm64().manifest().digest();
      assertThat(registry.get(arm64).statusCode()).isEqualTo(404);
      late.store(store, late.arm64());
      assertThat(registry.get(arm64).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void latestIsUnknownWhileItIsAmbiguous() throws Exception {
    TestImage one = TestImage.of(78, 100);
    TestImage.PlatformImage flat = one.arm64();
    try (BlobStore store = BlobStore.open(root)) {
      StoredImage index = one.store(store, one.amd64(), one.arm64());
      store.addImage(
          new StoredImage(
              flat.manifest().digest(),
              MediaTypes.OCI_MANIFEST,
              flat.manifest().size(),
              index.cid(),
              index.source(),
              "Manifest",
              List.of("linux/arm64"),
              1));
    }
    String repository = "/v2/ipfs/" + one.cid();
    HttpResponse<byte[]> response = registry.get(repository + "/manifests/latest");
    assertError(response, 404, "MANIFEST_UNKNOWN");
    assertThat(text(response)).contains("ambiguous").contains(one.index().digest().toString());
    assertThat(text(registry.get(repository + "/tags/list"))).contains("\"tags\":[]");
    assertThat(registry.get(repository + "/manifests/" + flat.manifest().digest()).statusCode())
        .isEqualTo(200);
  }

  @Test
  void damagedFilesAreNotServed() throws Exception {
    TestImage image = TestImage.of(79, 100);
    try (BlobStore store = BlobStore.open(root)) {
      image.store(store, image.amd64());
    }
    String repository = "/v2/ipfs/" + image.cid();
    Digest truncated = image.amd64().layers().get(0).digest();
    Digest planted = image.amd64().layers().get(1).digest();
    Files.write(file(truncated), new byte[3]);
    Path secret = Files.write(temp.resolve("secret"), image.amd64().layers().get(1).content());
    Files.delete(file(planted));
    Files.createSymbolicLink(file(planted), secret);
    HttpResponse<byte[]> response = registry.get(repository + "/blobs/" + truncated);
    assertError(response, 404, "BLOB_UNKNOWN");
    // The request may be the first to notice, or the look at the files.
    assertThat(text(response)).containsAnyOf("found 3", "was found damaged");
    assertThat(registry.log()).contains("\"level\":\"WARN\"").contains(truncated.toString());
    assertError(registry.get(repository + "/blobs/" + planted), 404, "BLOB_UNKNOWN");

    byte[] flipped = image.amd64().manifest().content().clone();
    flipped[20] ^= 1;
    Files.write(file(image.amd64().manifest().digest()), flipped);
    assertThat(
            registry
                .get(repository + "/manifests/" + image.amd64().manifest().digest())
                .statusCode())
        .isBetween(404, 503);
  }

  @Test
  void referrersAreTheStoredManifestsWithThatSubject() throws Exception {
    TestImage.Blob subject = IMAGE.amd64().manifest();
    String artifact = "application/vnd.example.signature";
    String cid;
    TestImage.Blob signature;
    try (BlobStore store = BlobStore.open(root)) {
      TestImage.Blob empty = TestImage.write(store, "{}");
      signature =
          TestImage.write(
              store,
              "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"artifactType\":\"%s\",\"config\":%s,\"layers\":[],\"subject\":%s,\"annotations\":{\"a\":\"b\"}}"
                  .formatted(
                      MediaTypes.OCI_MANIFEST,
                      artifact,
                      TestImage.descriptor("application/vnd.oci.empty.v1+json", empty),
                      TestImage.descriptor(MediaTypes.OCI_MANIFEST, subject)));
      TestImage.Blob index =
          TestImage.write(
              store,
              "{\"schemaVersion\":2,\"manifests\":[%s,%s]}"
                  .formatted(
                      TestImage.descriptor(MediaTypes.OCI_MANIFEST, subject),
                      TestImage.descriptor(MediaTypes.OCI_MANIFEST, signature)));
      cid = Cid.raw(index.digest()).toString();
      store.addImage(
          new StoredImage(
              index.digest(),
              MediaTypes.OCI_INDEX,
              index.size(),
              cid,
              "ipfs://" + cid,
              "OciLayout",
              List.of("linux/amd64"),
              1));
    }
    String path = "/v2/ipfs/" + cid + "/referrers/";
    HttpResponse<byte[]> response = registry.get(path + subject.digest());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(header(response, "content-type")).isEqualTo(MediaTypes.OCI_INDEX);
    assertThat(text(response))
        .isEqualTo(
            "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d,\"artifactType\":\"%s\",\"annotations\":{\"a\":\"b\"}}]}"
                .formatted(
                    MediaTypes.OCI_INDEX,
                    MediaTypes.OCI_MANIFEST,
                    signature.digest(),
                    signature.size(),
                    artifact));
    HttpResponse<byte[]> filtered =
        registry.get(path + subject.digest() + "?artifactType=application%2Fother");
    assertThat(text(filtered)).contains("\"manifests\":[]");
    assertThat(header(filtered, "oci-filters-applied")).isEqualTo("artifactType");
    assertThat(text(registry.get(path + subject.digest() + "?artifactType=" + artifact)))
        .contains(signature.digest().toString());
    assertThat(text(registry.get(path + LAYER.digest()))).contains("\"manifests\":[]");
  }

  @Test
  void whatCameWithAnImageIsServedUnderItsTagAndByDigest() throws Exception {
    TestImage image = TestImage.of(77, 1000);
    TestImage.Signature signature;
    try (BlobStore store = BlobStore.open(root)) {
      signature = image.storeSigned(store, image.amd64());
    }
    String repository = "/v2/ipfs/" + image.cid();
    String tag = signature.tag();
    Digest digest = signature.manifest().digest();

    for (String reference : List.of(tag, digest.toString())) {
      HttpResponse<byte[]> response = registry.get(repository + "/manifests/" + reference);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).isEqualTo(signature.manifest().content());
      assertThat(header(response, "docker-content-digest")).isEqualTo(digest.toString());
    }
    assertThat(registry.get(repository + "/blobs/" + signature.payload().digest()).body())
        .isEqualTo(signature.payload().content());
    assertThat(text(registry.get(repository + "/manifests/latest"))).contains("manifests");
    // It names no subject itself, so that the API of referrers doesn't know it.
    assertThat(text(registry.get(repository + "/referrers/" + image.index().digest())))
        .contains("\"manifests\":[]");
    assertThat(text(registry.get(repository + "/tags/list")))
        .contains("\"tags\":[\"latest\",\"" + tag + "\"]");
    HttpResponse<byte[]> first = registry.get(repository + "/tags/list?n=1");
    assertThat(text(first)).contains("[\"latest\"]");
    assertThat(header(first, "link"))
        .isEqualTo("<" + repository + "/tags/list?n=1&last=latest>; rel=\"next\"");
    HttpResponse<byte[]> second = registry.get(repository + "/tags/list?n=1&last=latest");
    assertThat(text(second)).contains("[\"" + tag + "\"]");
    assertThat(header(second, "link")).isNull();
    assertError(registry.get(REPOSITORY + "/manifests/" + digest), 404, "MANIFEST_UNKNOWN");
    assertError(registry.get(REPOSITORY + "/manifests/" + tag), 404, "MANIFEST_UNKNOWN");
  }

  private static Path file(Digest digest) {
    return root.resolve("blobs/sha256").resolve(digest.hex());
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse(null);
  }

  private static void assertError(HttpResponse<byte[]> response, int status, String code) {
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(header(response, "content-type")).isEqualTo("application/json");
    assertThat(new String(response.body(), StandardCharsets.UTF_8))
        .startsWith("{\"errors\":[{\"code\":\"" + code + "\",\"message\":\"");
  }
}
