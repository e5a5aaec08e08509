package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.registry.RunningRegistry;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.FetchReport.SourceReport;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.FaultyPeer;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node has an image; the tested fetches are those of another node. */
@Timeout(60)
class FetchFromPeersTest {
  @TempDir private Path directory;
  private TestBed seed;
  private TestBed bed;
  private Part small;
  private Part large;
  private Part manifest;
  private Cid cid;
  private RunningRegistry registry;

  @BeforeEach
  void seedAnImage() {
    seed = new TestBed(directory.resolve("seed"));
    bed = new TestBed(directory.resolve("other"), seed.dag);
    ImageFixture image = seed.image();
    small = image.layer(1, 3000);
    large = image.layer(2, 3 << 20);
    manifest = image.image("linux/amd64", small, large);
    cid = image.layout(manifest);
    seed.succeed(Wanted.of(cid));
    registry = new RunningRegistry(seed.store);
  }

  @AfterEach
  void stop() {
    registry.close();
    seed.close();
    bed.close();
  }

  private long imageBytes() {
    return seed.stored().getFirst().bytes();
  }

  private static SourceReport source(FetchReport report, String host) {
    return report.sources().stream()
        .filter(source -> source.host().equals(host))
        .findFirst()
        .orElseThrow(() -> new AssertionError(host + " isn't in " + report.sources()));
  }

  @Test
  void getsBlobsFromAPeerAndOnlyTheWayToThemFromAGateway() throws IOException {
    try (FaultyPeer peer = new FaultyPeer(registry.peerUrl())) {
      HostileGateway gateway = bed.gateway();
      FetchReport report = bed.peers(peer.url()).succeed(Wanted.of(cid));

      assertThat(report.digest()).contains(manifest.digest().toString());
      assertThat(source(report, peer.host()).bytes()).isEqualTo(imageBytes());
      assertThat(source(report, gateway.host()).bytes()).isLessThan(small.size());
      assertThat(report.fetchedBytes())
          .isEqualTo(imageBytes() + source(report, gateway.host()).bytes());
      assertThat(bed.stored()).containsExactlyElementsOf(seed.stored());
    }
  }

  @Test
  void asksNoGatewayForAnExpectedDigestThatAPeerHas() {
    FetchReport report =
        bed.peers(registry.peerUrl())
            .withoutGateways()
            .succeed(Wanted.of(cid).expecting(manifest.digest()));

    assertThat(report.fetchedBytes()).isGreaterThan(imageBytes());
    assertThat(report.cid()).contains(cid.toString());
    assertThat(report.layout()).contains("OciLayout");
    assertThat(bed.stored()).containsExactly(seed.stored().getFirst().withResolved(false));
  }

  @Test
  void believesNoPeerWhatACidLeadsTo() {
    Wanted wanted = Wanted.of(cid);
    bed.peers(registry.peerUrl()).withoutGateways().succeed(wanted.expecting(manifest.digest()));

    // The store has the image, but nobody has walked its CID.
    assertThat(bed.refuse(wanted, Reason.CONTENT_NOT_FOUND).message()).contains("no gateway");

    bed.withGateways();
    assertThat(bed.succeed(wanted).fetchedBytes()).isPositive();
    assertThat(bed.stored()).containsExactlyElementsOf(seed.stored());
    assertThat(bed.succeed(wanted).fetchedBytes()).isZero();
  }

  @Test
  void needsNothingFromAnyoneForAnExpectedDigestThatItGotFromAPeer() {
    Wanted wanted = Wanted.of(cid).expecting(manifest.digest());
    bed.peers(registry.peerUrl()).withoutGateways().succeed(wanted);

    assertThat(bed.peers().succeed(wanted).fetchedBytes()).isZero();
  }

  @Test
  void throwsAwayWhatALyingPeerSentAndNamesIt() throws IOException {
    try (FaultyPeer liar = new FaultyPeer(registry.peerUrl()).lie()) {
      bed.gateway();
      FetchReport report = bed.peers(liar.url()).succeed(Wanted.of(cid));

      SourceReport lies = source(report, liar.host());
      assertThat(lies.rejected()).isEqualTo(1);
      assertThat(lies.bytes()).isPositive();
      assertThat(report.fetchedBytes()).isEqualTo(all(report.sources()));
      // Only once: with the first wrong byte it was out.
      assertThat(liar.requests()).hasSize(1);
    }
  }

  @Test
  void prefersAnotherPeerToTheGatewayWhenOneLies() throws IOException {
    try (FaultyPeer liar = new FaultyPeer(registry.peerUrl()).lie();
        FaultyPeer honest = new FaultyPeer(registry.peerUrl())) {
      HostileGateway gateway = bed.gateway();
      FetchReport report = bed.peers(liar.url(), honest.url()).succeed(Wanted.of(cid));

      assertThat(source(report, honest.host()).bytes()).isGreaterThanOrEqualTo(large.size());
      assertThat(source(report, gateway.host()).bytes()).isLessThan(small.size());
    }
  }

  @Test
  void goesOnWithTheRestFromAnotherPeerWhenOneBreaksOff() throws IOException {
    try (FaultyPeer one = new FaultyPeer(registry.peerUrl()).breakOffAfter(1 << 20);
        FaultyPeer other = new FaultyPeer(registry.peerUrl()).breakOffAfter(2 << 20)) {
      bed.gateway();
      FetchReport report = bed.peers(one.url(), other.url()).succeed(Wanted.of(cid));

      assertThat(report.sources()).allSatisfy(source -> assertThat(source.rejected()).isZero());
      // Whoever was first, the other one gave the rest, or broke off too.
      assertThat(source(report, one.host()).errors() + source(report, other.host()).errors())
          .isPositive();
      assertThat(bed.has(large)).isTrue();
    }
  }

  @Test
  void goesOnWithoutAPeerThatStalls() throws IOException {
    try (FaultyPeer slow = new FaultyPeer(registry.peerUrl()).stallAfter(1 << 20)) {
      bed.gateway();
      FetchReport report = bed.peers(slow.url()).succeed(Wanted.of(cid));

      assertThat(source(report, slow.host()).errors()).isEqualTo(1);
      assertThat(source(report, slow.host()).rejected()).isZero();
    }
  }

  @Test
  void goesOnWithoutAPeerThatIsDown() throws IOException {
    URI nobody;
    try (ServerSocket free = new ServerSocket(0)) {
      nobody = URI.create("http://127.0.0.1:" + free.getLocalPort());
    }
    bed.gateway();
    FetchReport report = bed.peers(nobody).succeed(Wanted.of(cid));

    SourceReport down = source(report, nobody.getAuthority());
    assertThat(down.errors()).isPositive();
    assertThat(down.bytes()).isZero();
  }

  @Test
  void goesOnWithoutAPeerThatLacksTheImage() throws IOException {
    try (RunningRegistry empty = new RunningRegistry(directory.resolve("empty"));
        FaultyPeer peer = new FaultyPeer(empty.peerUrl())) {
      bed.gateway();
      FetchReport report = bed.peers(peer.url()).succeed(Wanted.of(cid));

      assertThat(report.sources()).singleElement().extracting(SourceReport::errors).isEqualTo(0L);
      assertThat(peer.requests()).anyMatch(path -> path.contains(large.digest().toString()));
    }
  }

  @Test
  void takesNoPeersWordForThePlatformOfAnImage() throws IOException {
    try (FaultyPeer liar =
        new FaultyPeer(registry.peerUrl())
            .with(
                (request, body, out) -> {
                  String text = new String(body, StandardCharsets.ISO_8859_1);
                  out.write(
                      request.contains("/images/")
                          ? text.replace("amd64", "arm64").getBytes(StandardCharsets.ISO_8859_1)
                          : body);
                })) {
      bed.gateway();
      FetchReport report =
          bed.peers(liar.url()).succeed(Wanted.of(cid).expecting(manifest.digest()));

      assertThat(report.platforms()).hasSize(1);
      assertThat(bed.stored()).containsExactlyElementsOf(seed.stored());
    }
  }

  @Test
  void looksForNoOtherDigestThanTheExpectedOneAtPeers() {
    Digest other = Digest.parse("sha256:" + "0".repeat(64));
    bed.gateway();
    FetchReport report =
        bed.peers(registry.peerUrl())
            .refuse(Wanted.of(cid).expecting(other), Reason.UNEXPECTED_DIGEST);

    assertThat(report.digest()).contains(manifest.digest().toString());
  }

  private static long all(List<SourceReport> sources) {
    return sources.stream().mapToLong(SourceReport::bytes).sum();
  }
}
