package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.fetcher.fetch.ImageFixture;
import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.fetch.TarBytes;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestCar;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Layers that mean more to some runtimes than a tar does: eStargz, zstd:chunked, encrypted ones.
 * They come out of the registry as they went into IPFS, their descriptors too.
 */
@Timeout(120)
class UnchangedLayersTest {
  private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";

  @TempDir private Path directory;
  private CommandBed bed;

  @BeforeEach
  void open() {
    bed = new CommandBed(directory);
  }

  @AfterEach
  void close() {
    bed.close();
  }

  private static Part annotated(Part layer, String mediaType, String... annotations) {
    StringBuilder fields = new StringBuilder();
    for (int i = 0; i < annotations.length; i += 2) {
      fields.append(i == 0 ? "" : ",").append('"').append(annotations[i]).append("\":\"");
      fields.append(annotations[i + 1]).append('"');
    }
    return layer.typed(mediaType).with("\"annotations\":{" + fields + "}");
  }

  private static List<Part> layers(ImageFixture image) {
    String digest = "sha256:" + "5".repeat(64);
    return List.of(
        annotated(
            image.layer(1, 2100),
            LAYER + "+gzip",
            "containerd.io/snapshot/stargz/toc.digest",
            digest,
            "io.containers.estargz.uncompressed-size",
            "4096"),
        annotated(
            image.layer(2, 2200),
            LAYER + "+zstd",
            "io.github.containers.zstd-chunked.manifest-checksum",
            digest,
            "io.github.containers.zstd-chunked.manifest-position",
            "1000:400:900:1",
            "io.github.containers.zstd-chunked.tarsplit-position",
            "1500:200:300"),
        annotated(
            image.layer(3, 2300),
            LAYER + "+gzip+encrypted",
            "org.opencontainers.image.enc.keys.provider.attestation-agent",
            "eyJraWQiOiJrYnM6Ly8vZGVmYXVsdC9rZXkvMSJ9",
            "org.opencontainers.image.enc.pubopts",
            "eyJjaXBoZXIiOiJBRVNfMjU2X0NUUl9ITUFDX1NIQTI1NiJ9"),
        annotated(
            image.layer(4, 2400),
            LAYER + "+zstd+encrypted",
            "org.opencontainers.image.enc.keys.jwe",
            "eyJwcm90ZWN0ZWQiOiJ4In0="),
        annotated(image.layer(5, 2500), LAYER + "+encrypted", "org.example.key", "value"));
  }

  private Part image(ImageFixture image) {
    List<Part> layers = layers(image);
    return image.manifest(image.config("linux/amd64", layers.size(), ""), layers, "");
  }

  /** Each layout of one image; those that name CIDs in documents have other manifests. */
  private Map<String, Map.Entry<Cid, ImageFixture>> layouts() {
    Map<String, Map.Entry<Cid, ImageFixture>> layouts = new LinkedHashMap<>();
    ImageFixture plain = new ImageFixture(bed.dag);
    Part manifest = image(plain);
    Cid layout = plain.layout(manifest);
    layouts.put("OciLayout", Map.entry(layout, plain));
    TarBytes tar =
        new TarBytes()
            .file("oci-layout", ImageFixture.MARKER)
            .file(
                "index.json",
                "{\"schemaVersion\":2,\"manifests\":[%s]}".formatted(manifest.json()));
    plain.parts().forEach(part -> tar.file("blobs/sha256/" + part.digest().hex(), part.bytes()));
    layouts.put("OciArchive", Map.entry(bed.dag.file(tar.toBytes(), cut()), plain));
    Cid car = bed.dag.file(TestCar.of(bed.dag, List.of(layout)), cut());
    layouts.put("Car", Map.entry(car, plain));
    Map<String, Cid> blobs =
        plain.parts().stream()
            .collect(Collectors.toMap(part -> part.digest().toString(), Part::cid));
    Cid ipdr =
        bed.dag.directory(
            Map.of(
                "manifests",
                bed.dag.directory(Map.of("latest", manifest.cid())),
                "blobs",
                bed.dag.directory(blobs)));
    layouts.put("Ipdr", Map.entry(ipdr, plain));
    ImageFixture blocks = new ImageFixture(bed.dag).shaped(ImageFixture.WHOLE);
    layouts.put("Manifest", Map.entry(image(blocks).cid(), blocks));
    ImageFixture linked = new ImageFixture(bed.dag).linked();
    layouts.put("NerdctlDescriptor", Map.entry(linked.descriptorRoot(image(linked)), linked));
    return layouts;
  }

  private static TestDag.Shape cut() {
    return new TestDag.Shape(50_000, 6, true, false, false);
  }

  @Test
  void lazyAndEncryptedLayersAreServedAsTheyWerePublishedInEveryLayout() throws Exception {
    Map<String, Map.Entry<Cid, ImageFixture>> layouts = layouts();
    HostileGateway gateway = bed.gateway();
    layouts.forEach(
        (name, published) -> {
          JsonNode report =
              bed.expect(
                  CommandLineRun.of(bed.fetch(gateway, published.getKey().toString())),
                  Reason.SUCCEEDED);
          assertThat(report.path("layout").asText()).isEqualTo(name);
        });

    try (ProgramProcess serve =
            new ProgramProcess(directory, "serve", "--store=" + bed.store, "--listen=127.0.0.1:0");
        HttpClient client = HttpClient.newHttpClient()) {
      String address = serve.listening();
      for (Map.Entry<Cid, ImageFixture> published : layouts.values()) {
        String repository = "http://" + address + "/v2/ipfs/" + published.getKey();
        for (Part part : published.getValue().parts()) {
          boolean document = part.mediaType().contains("manifest");
          URI uri = URI.create(repository + (document ? "/manifests/" : "/blobs/") + part.digest());
          HttpResponse<byte[]> response =
              client.send(
                  HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofByteArray());
          assertThat(response.statusCode()).as(uri.toString()).isEqualTo(200);
          assertThat(response.body()).isEqualTo(part.bytes());
          if (document) {
            assertThat(new String(response.body(), StandardCharsets.UTF_8))
                .contains("+gzip+encrypted", "stargz/toc.digest", "zstd-chunked.manifest-position");
          }
        }
      }
    }
  }
}
