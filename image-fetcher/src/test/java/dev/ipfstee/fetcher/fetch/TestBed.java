package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.ipfs.AbsentContent;
import dev.ipfstee.fetcher.ipfs.GatewayContent;
import dev.ipfstee.fetcher.ipfs.GatewayOptions;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.ipfs.PeerOptions;
import dev.ipfstee.fetcher.ipfs.Peers;
import dev.ipfstee.fetcher.ipfs.SourceUse;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoreReader;
import dev.ipfstee.fetcher.store.StoredImage;
import dev.ipfstee.fetcher.store.StoredReferrer;
import dev.ipfstee.fetcher.store.TestImage;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A DAG, gateways that serve it, and a store; runs fetches as the command does. */
final class TestBed implements AutoCloseable {
  private static final PeerOptions PEER_OPTIONS =
      new PeerOptions(Map.of(), Duration.ofSeconds(1), Instant.MAX, "test");

  final TestDag dag;
  final Path store;
  private final List<HostileGateway> gateways = new ArrayList<>();
  private MinFree minFree = new MinFree(0, 0);
  private UnaryOperator<IpfsContent> wrapper = content -> content;
  private List<URI> peers = List.of();
  private boolean withoutGateways;
  private RunRecord lastRecord;

  TestBed(Path directory) {
    this(directory, new TestDag());
  }

  /** A bed whose gateways serve the same as those of another one. */
  TestBed(Path directory, TestDag dag) {
    this.dag = dag;
    this.store = directory.resolve("store");
    BlobStore.open(store).close();
  }

  ImageFixture image() {
    return new ImageFixture(dag);
  }

  /** Adds a gateway; without any, an honest one is added by the first fetch. */
  HostileGateway gateway() {
    HostileGateway gateway = new HostileGateway(dag);
    gateways.add(gateway);
    return gateway;
  }

  /** The requests that reached any gateway. */
  List<HostileGateway.Request> requests() {
    return gateways.stream().flatMap(gateway -> gateway.requests().stream()).toList();
  }

  void keepFree(MinFree share) {
    minFree = share;
  }

  /** Lets a test stand between the pipeline and the gateways. */
  void wrap(UnaryOperator<IpfsContent> between) {
    wrapper = between;
  }

  /** Whom the fetches ask first. */
  TestBed peers(URI... urls) {
    peers = List.of(urls);
    return this;
  }

  /** From now on fetches have nobody but their peers. */
  TestBed withoutGateways() {
    withoutGateways = true;
    return this;
  }

  TestBed withGateways() {
    withoutGateways = false;
    return this;
  }

  /** What the store lists. */
  List<StoredImage> stored() {
    try (BlobStore opened = BlobStore.open(store)) {
      return opened.images();
    }
  }

  /** What the last run told beside its report. */
  RunRecord lastRecord() {
    return lastRecord;
  }

  /** Fetches, and reports as the command does. */
  FetchReport fetch(Wanted wanted) {
    RunRecord record = new RunRecord();
    lastRecord = record;
    try (IpfsContent content = withoutGateways ? new AbsentContent() : open();
        Peers asked = Peers.open(peers, PEER_OPTIONS);
        BlobStore opened = BlobStore.open(store)) {
      try {
        new ImageFetch(wrapper.apply(content), asked, opened, minFree, 3, TestBed::checkProgress)
            .run(wanted.toRequest(), record);
        return record.report(Reason.SUCCEEDED, "", sources(asked, content));
      } catch (FetchException e) {
        return record.report(e.reason(), e.getMessage(), sources(asked, content));
      }
    } catch (FetchException e) {
      return record.report(e.reason(), e.getMessage(), List.of());
    }
  }

  private static void checkProgress(long bytes, long total) {
    assertThat(bytes).as("of the bytes that there are").isBetween(0L, total);
  }

  private static List<SourceUse> sources(Peers peers, IpfsContent content) {
    return Stream.concat(peers.sources().stream(), content.sources().stream()).toList();
  }

  IpfsContent open() {
    if (gateways.isEmpty()) {
      gateway();
    }
    List<URI> urls = gateways.stream().map(HostileGateway::url).toList();
    return GatewayContent.open(
        GatewayOptions.builder()
            .gateways(urls)
            .allowHttp(true)
            .allowPrivateAddresses(true)
            .notFoundAfter(Duration.ofMillis(200))
            .stallTimeout(Duration.ofSeconds(5))
            .build());
  }

  /** Fetches, expects success, and looks at the store. */
  FetchReport succeed(Wanted wanted) {
    FetchReport report = fetch(wanted);
    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.SUCCEEDED);
    assertStoreIsClean();
    return report;
  }

  /**
   * Fetches and expects a refusal: nothing is listed for it, nothing wrong or left over is in the
   * store, and another image is fetched into it afterwards.
   */
  FetchReport refuse(Wanted wanted, Reason reason) {
    byte[] before = index();
    FetchReport report = fetch(wanted);
    assertThat(report.reason()).as(report.message()).isEqualTo(reason);
    assertThat(report.message()).startsWith("failed to ").hasSizeLessThan(1000);
    assertThat(index()).isEqualTo(before);
    assertStoreIsClean();
    return report;
  }

  /** An image without any fault goes into the store. */
  void assertTakesAnotherImage() {
    ImageFixture good = image();
    MinFree kept = minFree;
    minFree = new MinFree(0, 0);
    FetchReport report =
        succeed(Wanted.of(good.layout(good.image("linux/amd64", good.layer(4711, 3000)))));
    minFree = kept;
    assertThat(report.digest()).isPresent();
  }

  byte[] index() {
    return read(store.resolve("index.json"));
  }

  /** What the store lists of what refers to images. */
  List<StoredReferrer> referrers() {
    return StoreReader.of(store).listing().referrers();
  }

  Path blob(Digest digest) {
    return store.resolve("blobs").resolve(digest.algorithm().label()).resolve(digest.hex());
  }

  boolean has(ImageFixture.Part part) {
    return Files.exists(blob(part.digest()));
  }

  /** Blobs are what their names say, and {@code ingest/} holds nothing that a run forgot. */
  void assertStoreIsClean() {
    assertThat(names(store)).isSubsetOf("oci-layout", "index.json", "blobs", "ingest");
    for (String algorithm : names(store.resolve("blobs"))) {
      assertThat(algorithm).isIn("sha256", "sha512");
    }
    Path blobs = store.resolve("blobs/sha256");
    if (Files.exists(blobs)) {
      for (String hex : names(blobs)) {
        assertThat(TestImage.sha256(read(blobs.resolve(hex))).hex()).isEqualTo(hex);
      }
    }
    assertThat(names(store.resolve("ingest"))).isSubsetOf("lock", "quarantine");
  }

  /** Replaces the bytes of a stored blob by others of the same length. */
  void corrupt(ImageFixture.Part part) {
    byte[] wrong = part.bytes().clone();
    Arrays.fill(wrong, (byte) 'x');
    try {
      Files.write(blob(part.digest()), wrong);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Set<String> names(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    gateways.forEach(HostileGateway::close);
  }
}
