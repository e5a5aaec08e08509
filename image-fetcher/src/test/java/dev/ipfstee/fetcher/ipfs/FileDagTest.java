package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DAGs as they're made here against those that the tests make in another way. */
class FileDagTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 9, 10, 11, 40, 41, 160, 161, 170, 641, 1000, 3333})
  void cutsFilesAsTheProfileSays(int size) throws Exception {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    for (boolean raw : new boolean[] {true, false}) {
      Map<Cid, Integer> blocks = new HashMap<>();
      FileDag made =
          new FileDag(
              new AddProfile("test", 10, 4, raw), (cid, bytes, length) -> blocks.put(cid, length));
      for (int at = 0; at < size; at += 7) {
        made.write(content, at, Math.min(7, size - at));
      }
      FileDag.Link root = made.finish();

      assertThat(blocks).containsKey(root.cid());
      assertThat(root.fileSize()).isEqualTo(size);
      if (size <= 10 && raw) {
        Cid expected = new TestDag().file(content, new TestDag.Shape(10, 4, true, false, false));
        assertThat(root.cid()).isEqualTo(expected);
      }
    }
  }
}
