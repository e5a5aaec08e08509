package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.Refusal;
import dev.ipfstee.fetcher.testing.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A node is read within its block only, and says the same when it is written and read again. */
class DagPbFuzzTest {
  /**
   * A link with the shortest of CIDs, inline and empty: its tag and length, and those of the CID.
   */
  private static final int SHORTEST_LINK = 8;

  static Stream<byte[]> seeds() {
    TestDag dag = new TestDag();
    Cid raw = dag.raw(new byte[] {1});
    Cid file = dag.fileNode(new byte[] {2}, List.of(raw, raw), true);
    Cid directory = dag.directory(Map.of("a", raw, "b/..", file));
    return Stream.concat(
        Seeds.hex("dag-pb"), Stream.of(file, directory).map(cid -> dag.get(cid).bytes()));
  }

  @MethodSource("seeds")
  @FuzzTest
  void readsWhatItWouldWrite(byte[] input) {
    Optional<PbNode> decoded = Refusal.orMalformed(() -> PbNode.decode(input, 0, input.length));
    byte[] surrounded = new byte[input.length + 32];
    Arrays.fill(surrounded, (byte) 0xff);
    System.arraycopy(input, 0, surrounded, 16, input.length);
    Optional<PbNode> elsewhere =
        Refusal.orMalformed(() -> PbNode.decode(surrounded, 16, input.length));
    assertThat(elsewhere.isPresent()).isEqualTo(decoded.isPresent());
    decoded.ifPresent(
        node -> {
          assertThat(node.linkCount()).isLessThanOrEqualTo(input.length / SHORTEST_LINK);
          byte[] written = write(node);
          assertThat(write(elsewhere.get())).isEqualTo(written);
          assertThat(write(PbNode.decode(written, 0, written.length))).isEqualTo(written);
        });
  }

  private static byte[] write(PbNode node) {
    TestDag.Pb pb = new TestDag.Pb();
    for (int i = 0; i < node.linkCount(); i++) {
      pb.bytes(2, writeLink(node, i));
    }
    if (node.dataOffset() >= 0) {
      int end = node.dataOffset() + node.dataLength();
      pb.bytes(1, Arrays.copyOfRange(node.bytes(), node.dataOffset(), end));
    }
    return pb.toBytes();
  }

  private static TestDag.Pb writeLink(PbNode node, int link) {
    Cid cid =
        Refusal.orResult(
                () -> node.cid(link),
                Reason.INVALID_CID,
                Reason.UNSUPPORTED_HASH,
                Reason.UNSUPPORTED_CODEC,
                Reason.MUTABLE_NAME)
            .orElseGet(() -> Cid.parse("bafkqaaa"));
    assertThat(node.endsWith(link, new byte[0])).isTrue();
    TestDag.Pb pb = new TestDag.Pb().bytes(1, cid.toBytes());
    String name = Refusal.orMalformed(() -> node.name(link)).orElse("no UTF-8");
    assertThat(node.hasName(link)).isEqualTo(!name.isEmpty());
    return name.isEmpty() ? pb : pb.bytes(2, name.getBytes(StandardCharsets.UTF_8));
  }
}
