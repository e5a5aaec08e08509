package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.Kubo;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Kubo as the router. It has learned by a DHT of two nodes, on loopback only, who has the
 * content: another Kubo, which announces its gateway as an address of its own.
 */
@Timeout(180)
class RouterIT {
  @TempDir private static Path directory;
  private static Kubo router;
  private static Kubo provider;
  private static byte[] bytes;
  private static Cid announced;

  @BeforeAll
  static void start() throws Exception {
    router = Kubo.online(Files.createDirectory(directory.resolve("router")));
    provider = Kubo.online(Files.createDirectory(directory.resolve("provider")));
    provider.run("swarm", "connect", router.address());
    bytes = new byte[3 << 20];
    new Random(5).nextBytes(bytes);
    Path file = Files.write(directory.resolve("file"), bytes);
    announced = Cid.parse(provider.add(file, "--cid-version=1"));
    provider.run("routing", "provide", announced.toString());
  }

  @AfterAll
  static void stop() {
    for (Kubo kubo : new Kubo[] {router, provider}) {
      if (kubo != null) {
        kubo.close();
      }
    }
  }

  @Test
  void namesTheProviderWhoseGatewayHasTheContent() throws Exception {
    try (IpfsContent content = open(router.gateway())) {
      ByteArrayOutputStream sink = new ByteArrayOutputStream();
      content.read(announced, bytes.length, sink);

      assertThat(sink.toByteArray()).isEqualTo(bytes);
      List<SourceUse> sources = content.sources();
      assertThat(sources)
          .extracting(SourceUse::host)
          .containsExactly(
              router.gateway().getAuthority(),
              provider.gateway().getAuthority(),
              router.gateway().getAuthority());
      assertThat(sources.get(0).bytes()).as("by the router's own gateway").isLessThan(1000);
      assertThat(sources.get(1).bytes()).isGreaterThan(bytes.length);
      assertThat(sources).extracting(SourceUse::errors).containsOnly(0L);
    }
  }

  @Test
  void needsNoGatewayBesideTheRouter() throws Exception {
    try (IpfsContent content = open()) {
      assertThat(content.resolve(announced, List.of()))
          .isEqualTo(new Entity.File(announced, bytes.length));
    }
  }

  @Test
  void namesNobodyForWhatNobodyHas() throws Exception {
    Cid absent = Cid.parse("bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi");
    try (IpfsContent content = open(router.gateway())) {
      assertThatThrownBy(() -> content.resolve(absent, List.of()))
          .isInstanceOfSatisfying(
              FetchException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.CONTENT_NOT_FOUND));
      assertThat(content.sources()).hasSize(2);
    }
  }

  private static IpfsContent open(URI... gateways) {
    return GatewayContent.open(
        GatewayOptions.builder()
            .gateways(List.of(gateways))
            .router(router.gateway())
            .allowHttp(true)
            .allowPrivateAddresses(true)
            .notFoundAfter(Duration.ofSeconds(1))
            .build());
  }
}
