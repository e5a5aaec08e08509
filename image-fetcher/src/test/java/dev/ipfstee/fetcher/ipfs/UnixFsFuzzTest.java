package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.Refusal;
import dev.ipfstee.fetcher.testing.Seeds;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every input as a UnixFS message, and as blocks that a file's walk gets in the order in which it
 * asks, whatever their CIDs.
 */
class UnixFsFuzzTest {
  private static final int MAX_BYTES = 100_000;

  static Stream<byte[]> seeds() {
    TestDag dag = new TestDag();
    Cid raw = dag.raw(new byte[] {1, 2, 3});
    Cid leaf = dag.fileNode(new byte[] {4, 5}, List.of(), false);
    Cid inner = dag.fileNode(new byte[0], List.of(leaf, raw), false);
    Cid root = dag.fileNode(new byte[] {6}, List.of(inner, leaf), false);
    List<Cid> order = List.of(root, inner, leaf, raw, leaf);
    return Stream.of(
            Seeds.hex("unixfs"),
            Stream.of(Blocks.join(order.stream().map(cid -> dag.get(cid).bytes()).toList())))
        .flatMap(seed -> seed);
  }

  @MethodSource("seeds")
  @FuzzTest
  void handsOutNoMoreThanTheRootClaims(byte[] input) {
    Refusal.orMalformed(() -> UnixFsData.decode(input, 0, input.length))
        .ifPresent(message -> assertReadAgain(message, input));
    List<byte[]> blocks = Blocks.split(input);
    if (!blocks.isEmpty()) {
      walk(blocks);
    }
  }

  private static void assertReadAgain(UnixFsData message, byte[] input) {
    byte[] data =
        Arrays.copyOfRange(
            input, message.dataOffset(), message.dataOffset() + message.dataLength());
    TestDag.Pb pb =
        new TestDag.Pb()
            .number(1, List.of(UnixFsData.Type.values()).indexOf(message.type()))
            .bytes(2, data);
    if (message.hasFileSize()) {
      pb.number(3, message.fileSize());
    }
    for (long size : message.blockSizes()) {
      pb.number(4, size);
    }
    byte[] written = pb.number(5, message.hashType()).number(6, message.fanout()).toBytes();
    UnixFsData again = UnixFsData.decode(written, 0, written.length);
    assertThat(again.type()).isEqualTo(message.type());
    assertThat(again.dataLength()).isEqualTo(message.dataLength());
    assertThat(again.hasFileSize()).isEqualTo(message.hasFileSize());
    assertThat(again.fileSize()).isEqualTo(message.fileSize());
    assertThat(again.blockSizes()).isEqualTo(message.blockSizes());
    assertThat(again.hashType()).isEqualTo(message.hashType());
    assertThat(again.fanout()).isEqualTo(message.fanout());
  }

  private static void walk(List<byte[]> blocks) {
    ByteArrayOutputStream sink = new ByteArrayOutputStream();
    Cid root = Cid.parse("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354");
    FileWalk walk = new FileWalk(root, MAX_BYTES, new DagLimits(), sink);
    Optional<Boolean> complete =
        Refusal.orResult(
            () -> {
              for (byte[] block : blocks) {
                assertThat(walk.upcoming(3)).hasSizeBetween(1, 3).startsWith(walk.next());
                walk.missing();
                walk.isPast(root.multihash());
                walk.accept(block, 0, block.length);
                if (walk.next() == null) {
                  return true;
                }
              }
              return false;
            },
            Reason.MALFORMED_DAG,
            Reason.IMAGE_TOO_LARGE,
            Reason.DAG_TOO_DEEP,
            Reason.INVALID_CID,
            Reason.UNSUPPORTED_HASH,
            Reason.UNSUPPORTED_CODEC,
            Reason.MUTABLE_NAME);
    assertThat(sink.size()).isLessThanOrEqualTo(MAX_BYTES);
    if (complete.orElse(false)) {
      byte[] first = blocks.get(0);
      assertThat(DagNode.decode(root, first, 0, first.length).fileSize()).isEqualTo(sink.size());
    }
  }
}
