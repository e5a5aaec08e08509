package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.ImageFixture;
import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Documents as large as they may be, read with the heap that the program has in its image. */
@Timeout(120)
class MemoryTest {
  /** What a process ends with that ran out of memory, which is no outcome of the contract. */
  private static final int OUT_OF_MEMORY = 3;

  private static final String[] PLATFORMS = {
    "linux/arm/v10", "linux/arm/v11", "linux/arm/v12", "linux/arm/v13"
  };

  @TempDir private Path directory;

  private static String many(int from, int count) {
    return IntStream.range(from, from + count)
        .mapToObj(i -> "\"%05x\u00e9\u4e2d\":\"\"".formatted(i))
        .collect(Collectors.joining(","));
  }

  private int fetch(CommandBed bed, String cid, String... platforms) throws Exception {
    HostileGateway gateway = bed.gateway();
    String[] arguments =
        Stream.concat(Stream.of(platforms).map(p -> "--platform=" + p), Stream.of(cid))
            .toArray(String[]::new);
    try (ProgramProcess fetch = new ProgramProcess(directory, bed.fetch(gateway, arguments))) {
      int exitCode = fetch.awaitExit();
      assertThat(exitCode).as(fetch.err() + fetch.out()).isNotEqualTo(OUT_OF_MEMORY);
      return exitCode;
    }
  }

  private static ImageFixture imageOf(CommandBed bed) {
    return bed.image.shaped(new TestDag.Shape(256 << 10, 174, true, false, false));
  }

  @Test
  void refusesManyLargeDocuments() throws Exception {
    try (CommandBed bed = new CommandBed(directory)) {
      ImageFixture image = imageOf(bed);
      List<Part> manifests = new ArrayList<>();
      for (String platform : PLATFORMS) {
        Part config = image.config(platform, 1, "\"Labels\":{" + many(0, 199_000) + "}");
        assertThat(config.size()).isBetween(2L << 20, 4L << 20);
        manifests.add(
            image.manifest(config, List.of(image.layer(1, 25)), "").forPlatform(platform));
      }

      int exitCode =
          fetch(
              bed, image.layout(image.index(manifests.toArray(Part[]::new))).toString(), PLATFORMS);

      assertThat(exitCode).isEqualTo(Reason.MANIFEST_TOO_LARGE.outcome().exitCode());
    }
  }

  @Test
  void readsTheLargestDocumentsThatItAccepts() throws Exception {
    try (CommandBed bed = new CommandBed(directory)) {
      ImageFixture image = imageOf(bed);
      Part config = image.config("linux/amd64", 1, "\"Labels\":{" + many(0, 49_000) + "}");
      Part manifest =
          image.manifest(
              config, List.of(image.layer(1, 25)), ",\"annotations\":{" + many(0, 49_000) + "}");
      Part entry = manifest.with("\"annotations\":{" + many(0, 199_000) + "}");

      assertThat(fetch(bed, image.layout(entry).toString())).isZero();
    }
  }

  @Test
  void recognisesTheLargestBareDocuments() throws Exception {
    try (CommandBed bed = new CommandBed(directory)) {
      ImageFixture image = imageOf(bed);
      Part accepted =
          image.manifest(
              image.config("linux/amd64", 1, ""),
              List.of(image.layer(1, 25)),
              ",\"annotations\":{" + many(0, 49_000) + "}");
      Part refused = image.index(accepted.with("\"annotations\":{" + many(0, 199_000) + "}"));
      assertThat(refused.size()).isBetween(2L << 20, 4L << 20);

      assertThat(fetch(bed, accepted.cid().toString())).isZero();
      assertThat(fetch(bed, refused.cid().toString()))
          .isEqualTo(Reason.MANIFEST_TOO_LARGE.outcome().exitCode());
    }
  }

  @Test
  void readsTheLargestManifestsOfAnIpdrDirectoryOneByOne() throws Exception {
    try (CommandBed bed = new CommandBed(directory)) {
      ImageFixture image = imageOf(bed);
      Part config = image.config("linux/amd64", 1, "");
      Part layer = image.layer(1, 25);
      Map<String, Cid> manifests = new HashMap<>();
      for (int i = 0; i < 16; i++) {
        Part manifest =
            image.manifest(config, List.of(layer), ",\"annotations\":{" + many(i, 199_000) + "}");
        manifests.put("v" + i, manifest.cid());
      }
      Cid blobs =
          bed.dag.directory(
              Map.of(
                  config.digest().toString(), config.cid(),
                  layer.digest().toString(), layer.cid()));
      Cid ipdr =
          bed.dag.directory(Map.of("manifests", bed.dag.directory(manifests), "blobs", blobs));

      assertThat(fetch(bed, ipdr.toString()))
          .isEqualTo(Reason.MANIFEST_TOO_LARGE.outcome().exitCode());
    }
  }
}
