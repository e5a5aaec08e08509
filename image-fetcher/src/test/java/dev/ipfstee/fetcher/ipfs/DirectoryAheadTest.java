package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DirectoryAheadTest {
  private final TestDag dag = new TestDag();
  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private final Map<String, Cid> entries = new LinkedHashMap<>();

  private Cid directory(int count) {
    for (int i = 0; i < count; i++) {
      byte[] content =
          ("the content of file " + i + " ").repeat(150).getBytes(StandardCharsets.UTF_8);
      files.put("file-" + i, content);
      entries.put("file-" + i, dag.file(content, TestDag.Shape.RAW_LEAVES));
    }
    return dag.directory(entries);
  }

  /** All that is below, as a gateway sends it for {@code dag-scope=all}. */
  private List<TestDag.Block> all(Cid directory) {
    return Stream.concat(
            Stream.of(dag.get(directory)),
            entries.values().stream().flatMap(file -> dag.entity(file).stream()))
        .toList();
  }

  private HostileGateway gateway(Cid directory, List<TestDag.Block> all) {
    return new HostileGateway(dag)
        .behave(
            (request, answer) -> {
              if (!isAll(request) || !request.cid().equals(directory)) {
                return false;
              }
              answer.head(200, "application/vnd.ipld.car; version=1; order=dfs; dups=y", -1);
              answer.write(TestDag.car(all));
              return true;
            });
  }

  private static boolean isAll(HostileGateway.Request request) {
    return request.query().getOrDefault("dag-scope", "").equals("all");
  }

  private List<SourceUse> readAll(Cid directory, HostileGateway... gateways) {
    GatewayOptions options =
        GatewayOptions.builder()
            .gateways(Arrays.stream(gateways).map(HostileGateway::url).toList())
            .allowHttp(true)
            .allowPrivateAddresses(true)
            .build();
    try (IpfsContent content = GatewayContent.open(options)) {
      Entity.Directory entered = (Entity.Directory) content.resolve(directory, List.of());
      List<byte[]> read = new ArrayList<>();
      for (String name : files.keySet()) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        content.read(content.child(entered, name).orElseThrow().cid(), 1 << 20, bytes);
        read.add(bytes.toByteArray());
      }
      assertThat(read).containsExactlyElementsOf(files.values());
      return content.sources();
    }
  }

  @Test
  void manySmallFilesAreOneRequest() {
    Cid directory = directory(40);
    try (HostileGateway gateway = gateway(directory, all(directory))) {
      readAll(directory, gateway);

      assertThat(gateway.requests()).hasSize(2);
      assertThat(gateway.requests("raw")).isEqualTo(1);
    }
  }

  @Test
  void aFewFilesAreAskedForAlone() {
    Cid directory = directory(31);
    try (HostileGateway gateway = gateway(directory, all(directory))) {
      readAll(directory, gateway);

      assertThat(gateway.requests()).noneMatch(DirectoryAheadTest::isAll);
    }
  }

  @Test
  void largeFilesAreAskedForAlone() {
    directory(40);
    TestDag.Pb node = new TestDag.Pb();
    entries.forEach(
        (name, cid) ->
            node.bytes(
                2,
                new TestDag.Pb()
                    .bytes(1, dag.get(cid).linkBytes())
                    .bytes(2, name.getBytes(StandardCharsets.UTF_8))
                    .number(3, 200_000)));
    Cid large =
        dag.dagPb(node.bytes(1, TestDag.unixFs(1, new byte[0], -1)).toBytes(), List.of(), 0, false);
    try (HostileGateway gateway = gateway(large, all(large))) {
      readAll(large, gateway);

      assertThat(gateway.requests()).noneMatch(DirectoryAheadTest::isAll);
    }
  }

  @Test
  void whoLiesInItIsOut() {
    Cid directory = directory(40);
    List<TestDag.Block> wrong = new ArrayList<>(all(directory));
    TestDag.Block honest = wrong.get(7);
    wrong.set(
        7,
        new TestDag.Block(
            honest.cid(),
            new byte[honest.bytes().length],
            honest.children(),
            honest.size(),
            honest.v0()));
    try (HostileGateway liar = gateway(directory, wrong);
        HostileGateway other = gateway(directory, all(directory))) {
      List<SourceUse> uses = readAll(directory, liar, other);

      assertThat(uses.get(0).rejected()).isEqualTo(1);
      assertThat(liar.requests()).hasSize(2);
      assertThat(other.requests()).isNotEmpty();
    }
  }

  @Test
  void whatNobodyAskedForEndsIt() {
    Cid directory = directory(40);
    List<TestDag.Block> stuffed = new ArrayList<>(all(directory));
    stuffed.add(3, dag.get(dag.raw(new byte[100_000])));
    try (HostileGateway gateway = gateway(directory, stuffed)) {
      List<SourceUse> uses = readAll(directory, gateway);

      assertThat(uses.get(0).rejected()).isZero();
      assertThat(gateway.requests().stream().filter(DirectoryAheadTest::isAll)).hasSize(1);
      assertThat(gateway.requests()).hasSizeGreaterThan(40);
    }
  }

  @Test
  void whatItDoesNotBringIsAskedForAlone() {
    Cid directory = directory(40);
    List<TestDag.Block> all = all(directory);
    try (HostileGateway gateway = gateway(directory, all.subList(0, all.size() / 2))) {
      readAll(directory, gateway);

      assertThat(gateway.requests().stream().filter(DirectoryAheadTest::isAll)).hasSize(1);
      assertThat(gateway.requests()).hasSizeBetween(20, 45);
    }
  }

  @Test
  void aGatewayWithoutCarsIsAskedForBlocks() {
    Cid directory = directory(40);
    try (HostileGateway gateway = new HostileGateway(dag).status("car", 406)) {
      readAll(directory, gateway);

      assertThat(gateway.requests("car")).isLessThanOrEqualTo(2);
    }
  }
}
