package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.StoreReader;
import dev.ipfstee.fetcher.store.StoredImage;
import dev.ipfstee.fetcher.verify.LintMode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a store that was filled before spares a fetch, and what it doesn't. */
@Timeout(60)
class StoreReuseTest {
  @TempDir private Path directory;
  @AutoClose private TestBed bed;
  private ImageFixture image;

  @BeforeEach
  void open() {
    bed = new TestBed(directory);
    image = bed.image();
  }

  private boolean asked(Part part) {
    return bed.requests().stream().anyMatch(request -> request.cid().equals(part.cid()));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void asksNobodyForTheSameImageTwice(boolean descriptorRoot) {
    if (descriptorRoot) {
      image.linked();
    }
    Part manifest = image.image("linux/amd64", image.layer(1, 2500)).forPlatform("linux/amd64");
    Part index = image.index(manifest);
    Cid cid = descriptorRoot ? image.descriptorRoot(index) : image.layout(index);
    FetchReport first = bed.succeed(Wanted.of(cid));
    byte[] listed = bed.index();
    int before = bed.requests().size();

    FetchReport second = bed.succeed(Wanted.of("/ipfs/" + cid + "/"));

    assertThat(bed.requests()).hasSize(before);
    assertThat(second.fetchedBytes()).isZero();
    assertThat(second.digest()).isEqualTo(first.digest());
    assertThat(second.cid()).isEqualTo(first.cid());
    assertThat(second.layout()).isEqualTo(first.layout());
    assertThat(second.mediaType()).isEqualTo(first.mediaType());
    assertThat(second.platforms()).isEqualTo(first.platforms());
    assertThat(second.bytes()).isEqualTo(first.bytes());
    assertThat(bed.index()).isEqualTo(listed);
  }

  @Test
  void knowsThePlatformThatOnlyTheLayoutsIndexNamed() {
    Part config =
        image.part(
            MediaTypes.OCI_CONFIG,
            image.config("linux/amd64", 1, "").text().replace("\"architecture\":\"amd64\",", ""));
    assertThat(config.text()).doesNotContain("architecture");
    Part manifest =
        image.manifest(config, List.of(image.layer(1, 25)), "").forPlatform("linux/riscv64");
    Wanted wanted = Wanted.of(image.layout(manifest)).platforms("linux/riscv64");
    bed.succeed(wanted);

    assertThat(bed.succeed(wanted).fetchedBytes()).isZero();
  }

  @Test
  void keepsAnImageAsHavingThePlatformsThatItHas() {
    Part manifest = image.image("linux/amd64", image.layer(1, 2500)).forPlatform("linux/amd64");
    Cid cid = image.layout(image.index(manifest));

    FetchReport report = bed.succeed(Wanted.of(cid).anyPlatformOf("linux/arm64", "linux/amd64"));

    assertThat(report.platforms())
        .extracting(platform -> platform.platform())
        .containsExactly("linux/amd64");
    assertThat(bed.succeed(Wanted.of(cid)).fetchedBytes()).isZero();
    bed.refuse(Wanted.of(cid).platforms("linux/amd64", "linux/arm64"), Reason.PLATFORM_MISSING);
    int before = bed.requests().size();
    bed.succeed(Wanted.of(cid).anyPlatformOf("linux/arm64", "linux/amd64"));
    assertThat(bed.requests().subList(before, bed.requests().size()))
        .noneMatch(request -> request.cid().equals(manifest.cid()));
  }

  @Test
  void asksAgainForAnotherLayoutThanTheStoredOne() {
    Cid cid = image.layout(image.image("linux/amd64", image.layer(1, 25)));
    bed.succeed(Wanted.of(cid));

    bed.refuse(Wanted.of(cid).as(Layout.NERDCTL_DESCRIPTOR), Reason.LAYOUT_UNRECOGNIZED);
    assertThat(bed.succeed(Wanted.of(cid).as(Layout.OCI_LAYOUT)).fetchedBytes()).isZero();
  }

  @Test
  void lintsStoredImagesForEachRequestAnew() {
    Part config = image.config("linux/amd64", 1, "\"Labels\":{\"containerd.io/restart.x\":\"y\"}");
    Cid cid = image.layout(image.manifest(config, List.of(image.layer(1, 25)), ""));
    bed.succeed(Wanted.of(cid).lint(LintMode.WARN));

    bed.refuse(Wanted.of(cid), Reason.CONFIG_LINT);

    assertThat(bed.succeed(Wanted.of(cid).lint(LintMode.WARN)).fetchedBytes()).isZero();
    assertThat(bed.lastRecord().warnings()).hasSize(1);
  }

  @Test
  void lintsOnlyWhatIsStoredSoThatTheSecondVerdictIsTheFirst() {
    Part manifest = image.image("linux/amd64", image.layer(1, 25)).forPlatform("linux/amd64");
    String checkpoint = "org.criu.checkpoint.engine.name";

    Cid named = image.layout(manifest.annotated(checkpoint, "x"));
    bed.succeed(Wanted.of(named));
    bed.succeed(Wanted.of(named));

    Cid within = image.layout(image.index(image.index(manifest).annotated(checkpoint, "x")));
    bed.refuse(Wanted.of(within), Reason.CONFIG_LINT);
    bed.succeed(Wanted.of(within).lint(LintMode.WARN));
    bed.refuse(Wanted.of(within), Reason.CONFIG_LINT);
  }

  @Test
  void holdsStoredImagesToTheLimitsOfEachRequest() {
    Cid cid = image.layout(image.image("linux/amd64", image.layer(1, 2500), image.layer(2, 25)));
    FetchReport stored = bed.succeed(Wanted.of(cid));

    bed.refuse(Wanted.of(cid).atMost(stored.bytes() - 1), Reason.IMAGE_TOO_LARGE);
    bed.refuse(Wanted.of(cid).layersAtMost(1), Reason.TOO_MANY_LAYERS);
    assertThat(bed.succeed(Wanted.of(cid).atMost(stored.bytes())).fetchedBytes()).isZero();
  }

  @Test
  void expectsItsDigestOfStoredImagesToo() {
    Part layer = image.layer(1, 25);
    Cid cid = image.layout(image.image("linux/amd64", layer));
    bed.succeed(Wanted.of(cid));

    bed.refuse(Wanted.of(cid).expecting(layer.digest()), Reason.UNEXPECTED_DIGEST);
  }

  @Test
  void fetchesOnlyALayerThatWasDamagedAndSetsTheWrongOneAside() throws IOException {
    Part good = image.layer(1, 2500);
    Part damaged = image.layer(2, 2500);
    Cid cid = image.layout(image.image("linux/amd64", good, damaged));
    bed.succeed(Wanted.of(cid));
    bed.corrupt(damaged);
    int before = bed.requests().size();

    FetchReport report = bed.succeed(Wanted.of(cid));

    assertThat(report.fetchedBytes()).isBetween(2500L, 6000L);
    assertThat(bed.blob(damaged.digest())).hasBinaryContent(damaged.bytes());
    assertThat(bed.requests().subList(before, bed.requests().size()))
        .anyMatch(request -> request.cid().equals(damaged.cid()))
        .noneMatch(request -> request.cid().equals(good.cid()));
    assertThat(TestBed.names(bed.store.resolve("ingest/quarantine"))).hasSize(1);
  }

  @Test
  void fetchesOnlyADocumentThatIsMissing() throws IOException {
    Part layer = image.layer(1, 2500);
    Part manifest = image.image("linux/amd64", layer).forPlatform("linux/amd64");
    Cid cid = image.layout(image.index(manifest));
    bed.succeed(Wanted.of(cid));
    Files.delete(bed.blob(manifest.digest()));
    int before = bed.requests().size();

    bed.succeed(Wanted.of(cid));

    assertThat(bed.has(manifest)).isTrue();
    assertThat(bed.requests().subList(before, bed.requests().size()))
        .noneMatch(request -> request.cid().equals(layer.cid()));
  }

  @Test
  void fetchesOnlyTheLayersThatAnotherImageHasNot() {
    Part base = image.layer(1, 2500);
    Part added = image.layer(2, 2500);
    bed.succeed(Wanted.of(image.layout(image.image("linux/amd64", base))));
    int before = bed.requests().size();

    ImageFixture next = bed.image();
    Part same = next.layer(1, 2500);
    Part own = next.layer(3, 2500);
    bed.succeed(Wanted.of(next.layout(next.image("linux/amd64", same, own))));

    assertThat(bed.requests().subList(before, bed.requests().size()))
        .noneMatch(request -> request.cid().equals(base.cid()))
        .anyMatch(request -> request.cid().equals(own.cid()));
    assertThat(asked(added)).isFalse();
    assertThat(StoreReader.of(bed.store).images()).hasSize(2);
  }

  @Test
  void extendsAnImageByAPlatform() {
    Part base = image.layer(1, 2500);
    Part amd64 = image.image("linux/amd64", base).forPlatform("linux/amd64");
    Part arm64 = image.image("linux/arm64", base, image.layer(2, 25)).forPlatform("linux/arm64");
    Part index = image.index(amd64, arm64);
    Cid cid = image.layout(index);
    bed.succeed(Wanted.of(cid));
    int before = bed.requests().size();

    bed.succeed(Wanted.of(cid).platforms("linux/arm64"));

    assertThat(bed.requests().subList(before, bed.requests().size()))
        .noneMatch(request -> request.cid().equals(base.cid()));
    FetchReport both = bed.succeed(Wanted.of(cid).platforms("linux/amd64", "linux/arm64"));
    assertThat(both.fetchedBytes()).isZero();
    assertThat(StoreReader.of(bed.store).images())
        .singleElement()
        .satisfies(
            stored -> {
              assertThat(stored.platforms())
                  .containsExactlyInAnyOrder("linux/amd64", "linux/arm64");
              assertThat(stored.bytes()).isEqualTo(both.bytes());
              assertThat(stored.digest()).isEqualTo(index.digest());
            });
  }

  @Test
  void listsAnImageOnceForEachPathThatLeadsToIt() {
    Cid layout = image.layout(image.image("linux/amd64", image.layer(1, 25)));
    Cid root = bed.dag.directory(Map.of("app", layout));
    bed.succeed(Wanted.of(layout));
    FetchReport below = bed.succeed(Wanted.of("ipfs://" + root + "/app"));
    // Another way to the same image asks for the way only.
    assertThat(below.fetchedBytes()).isPositive().isLessThan(6000);
    assertThat(below.cid()).contains(layout.toString());

    assertThat(StoreReader.of(bed.store).images())
        .extracting(StoredImage::source)
        .containsExactly("ipfs://" + layout, "ipfs://" + root + "/app");
  }

  @Test
  void goesOnWithWhatAnInterruptedRunHadStored() {
    Part first = image.layer(1, 2500);
    Part second = image.layer(2, 2500);
    Cid cid = image.layout(image.image("linux/amd64", first, second));
    bed.wrap(content -> new FailingAt(content, second.cid(), 1000, first, bed));
    FetchReport broken = bed.refuse(Wanted.of(cid), Reason.GATEWAY_ERROR);
    assertThat(broken.digest()).isPresent();
    assertThat(bed.has(first)).isTrue();
    assertThat(bed.has(second)).isFalse();
    bed.wrap(content -> content);
    int before = bed.requests().size();

    bed.succeed(Wanted.of(cid));

    assertThat(bed.requests().subList(before, bed.requests().size()))
        .noneMatch(request -> request.cid().equals(first.cid()));
  }

  @Test
  void lastsThroughTwoRunsOfTheSameImageAtOnce() throws Exception {
    Part layer = image.layer(1, 50_000);
    Cid cid = image.layout(image.image("linux/amd64", layer, image.layer(2, 2500)));
    CyclicBarrier bothRecognized = new CyclicBarrier(2);
    bed.wrap(content -> new WaitingAt(content, layer.cid(), bothRecognized));
    bed.gateway();
    try (ExecutorService runs = Executors.newFixedThreadPool(2)) {
      Future<FetchReport> one = runs.submit(() -> bed.fetch(Wanted.of(cid)));
      Future<FetchReport> other = runs.submit(() -> bed.fetch(Wanted.of(cid)));
      assertThat(one.get().reason()).as(one.get().message()).isEqualTo(Reason.SUCCEEDED);
      assertThat(other.get().reason()).as(other.get().message()).isEqualTo(Reason.SUCCEEDED);
    }
    bed.assertStoreIsClean();
    assertThat(StoreReader.of(bed.store).images()).hasSize(1);
    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
  }

  /** Breaks off in the middle of one file, when another blob is stored. */
  private static final class FailingAt extends ContentBetween {
    private final Cid file;
    private final int bytes;
    private final Part awaited;
    private final TestBed bed;

    FailingAt(IpfsContent content, Cid file, int bytes, Part awaited, TestBed bed) {
      super(content);
      this.file = file;
      this.bytes = bytes;
      this.awaited = awaited;
      this.bed = bed;
    }

    @Override
    public void read(Cid read, long maxBytes, OutputStream sink) {
      if (!read.equals(file)) {
        super.read(read, maxBytes, sink);
        return;
      }
      try {
        sink.write(new byte[bytes]);
        sink.flush();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
      while (!bed.has(awaited)) {
        Thread.onSpinWait();
      }
      throw new FetchException(Reason.GATEWAY_ERROR, "failed to go on: the test says so");
    }
  }

  /** Lets two runs read one file at the same time. */
  private static final class WaitingAt extends ContentBetween {
    private final Cid file;
    private final CyclicBarrier both;

    WaitingAt(IpfsContent content, Cid file, CyclicBarrier both) {
      super(content);
      this.file = file;
      this.both = both;
    }

    @Override
    public void read(Cid read, long maxBytes, OutputStream sink) {
      if (read.equals(file)) {
        try {
          both.await(30, TimeUnit.SECONDS);
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }
      super.read(read, maxBytes, sink);
    }
  }
}
