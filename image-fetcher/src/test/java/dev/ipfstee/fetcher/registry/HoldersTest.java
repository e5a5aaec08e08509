package dev.ipfstee.fetcher.registry;

import static dev.ipfstee.fetcher.registry.RunningRegistry.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.TestImage;
import dev.ipfstee.fetcher.testing.FaultyPeer;
import dev.ipfstee.fetcher.testing.Opened;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node that lacks an image, and a hundred peers of which one or two have it. */
@Timeout(120)
class HoldersTest {
  private static final int PEERS = 100;

  /** What is pulled and sent on at the same time isn't checked before it is sent. */
  private static final TestImage IMAGE = TestImage.of(1, 100_000);

  private static final String REPOSITORY = "/v2/ipfs/" + IMAGE.cid();
  private static final String INDEX = REPOSITORY + "/manifests/" + IMAGE.index().digest();
  private static final String MANIFEST =
      REPOSITORY + "/manifests/" + IMAGE.amd64().manifest().digest();
  private static final String BLOB =
      REPOSITORY + "/blobs/" + IMAGE.amd64().layers().getFirst().digest();

  @TempDir private Path temp;
  private MountedSet mounted;
  private RunningRegistry full;
  private RunningRegistry empty;
  private final List<FaultyPeer> peers = new ArrayList<>();
  private final List<FaultyPeer> resolved = new ArrayList<>();
  @AutoClose private final Opened opened = new Opened();

  @BeforeEach
  void start() throws Exception {
    mounted = new MountedSet(temp.resolve("desired"));
    try (BlobStore store = BlobStore.open(temp.resolve("full"))) {
      IMAGE.store(store, IMAGE.amd64());
    }
    BlobStore.open(temp.resolve("empty")).close();
    BlobStore.open(temp.resolve("node")).close();
    full = opened.add(new RunningRegistry(temp.resolve("full")));
    empty = opened.add(new RunningRegistry(temp.resolve("empty")));
  }

  private FaultyPeer peer(RunningRegistry registry) throws IOException {
    InetAddress own = InetAddress.getByName("127.0.1." + (peers.size() + 1));
    FaultyPeer peer = opened.add(new FaultyPeer(registry.peerUrl(), new InetSocketAddress(own, 0)));
    peers.add(peer);
    resolved.add(peer);
    return peer;
  }

  private void addPeersWithoutTheImage(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      peer(empty);
    }
  }

  private void say(FaultyPeer... holders) throws IOException {
    String[] addresses = new String[holders.length];
    for (int i = 0; i < holders.length; i++) {
      addresses[i] = holders[i].url().getHost();
    }
    mounted.show(MountedSet.image(IMAGE.cid(), addresses));
  }

  private RunningRegistry node() {
    List<URI> names = resolved.stream().map(FaultyPeer::url).toList();
    return opened.add(
        RunningRegistry.following(
            new DesiredRounds.Settings(
                mounted.file(), Duration.ofMillis(20), System::nanoTime, Optional.empty()),
            temp.resolve("node"),
            () -> names));
  }

  private static void assertPulls(RunningRegistry node) throws Exception {
    for (String path : List.of(INDEX, MANIFEST, BLOB)) {
      HttpResponse<byte[]> answer = node.get(path);
      assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
    }
  }

  private List<FaultyPeer> asked() {
    return peers.stream().filter(peer -> !peer.requests().isEmpty()).toList();
  }

  @Test
  void oneHolderOfAHundredPeersIsAskedAndNobodyElse() throws Exception {
    addPeersWithoutTheImage(PEERS / 2);
    FaultyPeer holder = peer(full);
    addPeersWithoutTheImage(PEERS / 2 - 1);
    say(holder);

    assertPulls(node());

    assertThat(asked()).containsExactly(holder);
  }

  @Test
  void holderThatLacksItHasOthersAsked() throws Exception {
    FaultyPeer holder = peer(full);
    FaultyPeer wrong = peer(empty);
    addPeersWithoutTheImage(8);
    say(wrong);

    assertPulls(node());

    assertThat(asked()).contains(wrong, holder);
  }

  @Test
  void holderThatLiesHasOthersAsked() throws Exception {
    FaultyPeer holder = peer(full);
    FaultyPeer liar = peer(full).lie();
    addPeersWithoutTheImage(8);
    say(liar);

    RunningRegistry node = node();
    assertPulls(node);

    assertThat(node.log()).contains("a peer sent wrong bytes").contains(liar.url().toString());
    assertThat(asked()).contains(liar, holder);
  }

  @Test
  void holderThatIsNoPeerNowIsntAsked() throws Exception {
    FaultyPeer holder = peer(full);
    FaultyPeer gone = peer(full);
    resolved.remove(gone);
    say(gone);

    assertPulls(node());

    assertThat(asked()).containsExactly(holder);
  }

  @Test
  void imageThatIsntListedIsLookedForAtAll() throws Exception {
    FaultyPeer holder = peer(full);
    addPeersWithoutTheImage(8);
    mounted.show();

    assertPulls(node());

    assertThat(asked()).contains(holder);
  }

  @Test
  void whatNoHolderAndNoOtherPeerHasIsUnknown() throws Exception {
    addPeersWithoutTheImage(9);
    say(peers.getFirst());

    assertThat(node().get(INDEX).statusCode()).isEqualTo(404);
    assertThat(asked()).hasSize(9);
  }

  @Test
  void whatNoHolderHasMayBeWhereNobodyAsked() throws Exception {
    addPeersWithoutTheImage(PEERS);
    say(peers.getFirst());

    HttpResponse<byte[]> answer = node().get(INDEX);

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(text(answer)).contains("35 of 100").contains("only 64 are asked at a time");
    assertThat(asked()).contains(peers.getFirst()).hasSize(65);
  }

  @Test
  void metricsShowTheSet() throws Exception {
    addPeersWithoutTheImage(1);
    RunningRegistry node = node();
    assertThat(text(node.manage("/metrics")))
        .contains("ipfstee_registry_desired_readable 0.0")
        .contains("ipfstee_registry_desired_complete 0.0")
        .contains("ipfstee_registry_desired_images NaN");

    say(peers.getFirst());

    while (!text(node.manage("/metrics")).contains("ipfstee_registry_desired_readable 1.0")) {
      Thread.onSpinWait();
    }
    assertThat(text(node.manage("/metrics")))
        .contains("ipfstee_registry_desired_complete 1.0")
        .contains("ipfstee_registry_desired_images 1.0")
        .contains("ipfstee_registry_desired_age_seconds ");
  }
}
