package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.Refusal;
import dev.ipfstee.fetcher.testing.Seeds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every input as a shard at any depth, and as the shards that a listing gets in the order in which
 * it asks, whatever their CIDs.
 */
class HamtFuzzTest {
  private static final int MAX_ENTRIES = 100;
  private static final Cid ROOT =
      Cid.parse("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354");
  private static final Reason[] REFUSALS = {
    Reason.MALFORMED_DAG,
    Reason.DAG_TOO_DEEP,
    Reason.DAG_TOO_LARGE,
    Reason.INVALID_CID,
    Reason.UNSUPPORTED_HASH,
    Reason.UNSUPPORTED_CODEC,
    Reason.MUTABLE_NAME
  };

  static Stream<byte[]> seeds() {
    List<byte[]> built = new ArrayList<>();
    for (int fanout : new int[] {8, 16, 256, 1024}) {
      TestDag dag = new TestDag();
      Cid target = Cid.parse("bafkqaaa");
      Map<String, Cid> entries = new TreeMap<>();
      for (String name : List.of("oci-layout", "index.json", "blobs", "a")) {
        entries.put(name, target);
      }
      Cid root = dag.hamt(entries, fanout);
      built.add(Blocks.join(dag.entity(root).stream().map(TestDag.Block::bytes).toList()));
    }
    return Stream.concat(Seeds.hex("hamt"), built.stream());
  }

  @MethodSource("seeds")
  @FuzzTest
  void putsEachNameInOnePlaceOnly(byte[] input) {
    if (input.length > 2) {
      byte[] block = Arrays.copyOfRange(input, 2, input.length);
      check(block, input[0] & 63, input[1] & 15);
    }
    list(Blocks.split(input));
  }

  private static void check(byte[] block, int depth, int parentWidth) {
    Refusal.orResult(
            () ->
                HamtShard.check(
                    DagNode.decode(ROOT, block, 0, block.length), depth, 0, parentWidth),
            Reason.MALFORMED_DAG)
        .ifPresent(
            shard -> {
              assertThat(shard.linkCount()).isLessThanOrEqualTo(1 << shard.width());
              for (int i = 0; i < shard.linkCount(); i++) {
                String name = shard.entry(i);
                if (name != null) {
                  assertThat(shard.linkFor(name)).isEqualTo(i);
                  assertIsName(name);
                }
              }
            });
  }

  private static void list(List<byte[]> blocks) {
    HamtListing listing = new HamtListing(ROOT, MAX_ENTRIES, new DagLimits());
    Refusal.orResult(
        () -> {
          for (byte[] block : blocks) {
            if (listing.next() == null) {
              break;
            }
            listing.upcoming(3);
            listing.accept(block, 0, block.length);
          }
          return true;
        },
        REFUSALS);
    List<String> names = listing.entries().stream().map(Entity.Named::name).toList();
    assertThat(names).hasSizeLessThanOrEqualTo(MAX_ENTRIES).doesNotHaveDuplicates();
    names.forEach(HamtFuzzTest::assertIsName);
  }

  private static void assertIsName(String name) {
    assertThat(name).isNotEmpty().isNotIn(".", "..").doesNotContain("/", "\0");
  }
}
