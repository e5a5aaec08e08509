package dev.ipfstee.operator.ipfsimage;

import static dev.ipfstee.operator.ipfsimage.Fixtures.CID;
import static dev.ipfstee.operator.ipfsimage.Fixtures.DIGEST;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.operator.testing.ToldToNodes;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DesiredSetFileTest {
  private final Random random = new Random(1);

  @Test
  void theDocumentIsWhatTheNodesRead() {
    DesiredSetFile file =
        DesiredSetFile.of(
            new DesiredSet(
                List.of(
                    new DesiredSet.Entry(CID, Optional.of(DIGEST), List.of("10.0.0.1", "fd00::1")),
                    new DesiredSet.Entry("bafkother", Optional.empty(), List.of()))));

    assertThat(ToldToNodes.in(file.base64()))
        .hasToString(
            """
            {"version":1,"complete":true,"images":[\
            {"cid":"%s","digest":"%s","holders":["10.0.0.1","fd00::1"]},\
            {"cid":"bafkother","holders":[]}]}\
            """
                .formatted(CID, DIGEST));
    assertThat(file.images()).isEqualTo(2);
    assertThat(file.omitted()).isZero();
  }

  @Test
  void nothingWantedIsACompleteSetToo() {
    assertThat(ToldToNodes.in(DesiredSetFile.of(new DesiredSet(List.of())).base64()))
        .hasToString("{\"version\":1,\"complete\":true,\"images\":[]}");
  }

  @Test
  void theSameSetIsTheSameBytes() {
    DesiredSet set = new DesiredSet(List.of(entry(3)));

    assertThat(DesiredSetFile.of(set)).isEqualTo(DesiredSetFile.of(set));
    // No time, no name, no comment: RFC 1952.
    assertThat(DesiredSetFile.of(set).base64()).startsWith("H4sIAAAAAAA");
  }

  @Test
  void whatDoesNotFitIsLeftOutAndTheNodesAreTold() {
    DesiredSet set = new DesiredSet(entries(200, 4));
    int whole = DesiredSetFile.of(set).bytes();

    DesiredSetFile cut = DesiredSetFile.of(set, whole - 1);

    JsonNode document = ToldToNodes.in(cut.base64());
    assertThat(document.get("complete").asBoolean()).isFalse();
    assertThat(cut.bytes()).isLessThan(whole);
    assertThat(cut.images()).isBetween(190, 199).isEqualTo(document.get("images").size());
    assertThat(cut.omitted()).isEqualTo(200 - cut.images());
    assertThat(DesiredSetFile.of(set, whole)).isEqualTo(DesiredSetFile.of(set));
  }

  @Test
  void thousandsOfImagesOfAThousandNodesFitIntoAConfigMap() {
    DesiredSetFile file = DesiredSetFile.of(new DesiredSet(entries(6_000, 16)));

    assertThat(file.omitted()).isZero();
    assertThat(file.bytes()).isLessThan(DesiredSetFile.MAX_BYTES);
  }

  @Test
  void moreThanFitsFillsTheConfigMap() {
    DesiredSetFile file = DesiredSetFile.of(new DesiredSet(entries(15_000, 16)));

    assertThat(file.bytes()).isBetween(990_000, DesiredSetFile.MAX_BYTES);
    assertThat(file.images() + file.omitted()).isEqualTo(15_000);
    assertThat(file.images()).isGreaterThan(6_000);
  }

  @Test
  void whatPacksTooWellIsHeldToWhatTheNodesRead() {
    DesiredSet.Entry same = new DesiredSet.Entry(CID, Optional.empty(), List.of());
    DesiredSetFile many =
        DesiredSetFile.of(new DesiredSet(IntStream.range(0, 20_001).mapToObj(i -> same).toList()));
    DesiredSet.Entry large =
        new DesiredSet.Entry(
            CID, Optional.of(DIGEST), IntStream.range(0, 16).mapToObj(i -> address(0)).toList());
    DesiredSetFile long_ =
        DesiredSetFile.of(new DesiredSet(IntStream.range(0, 19_999).mapToObj(i -> large).toList()));

    assertThat(many.images()).isEqualTo(20_000);
    assertThat(many.omitted()).isOne();
    assertThat(ToldToNodes.in(long_.base64()).toString().length())
        .isBetween(8_000_000, DesiredSetFile.MAX_PLAIN_BYTES);
    assertThat(long_.omitted()).isPositive();
  }

  private List<DesiredSet.Entry> entries(int count, int holders) {
    return IntStream.range(0, count).mapToObj(i -> entry(holders)).toList();
  }

  /** Of random bytes, as hashes are. */
  private DesiredSet.Entry entry(int holders) {
    byte[] hash = new byte[32];
    random.nextBytes(hash);
    String digest = "sha256:" + HexFormat.of().formatHex(hash);
    StringBuilder cid = new StringBuilder("bafybei");
    for (int i = 0; i < 52; i++) {
      cid.append("abcdefghijklmnopqrstuvwxyz234567".charAt(random.nextInt(32)));
    }
    return new DesiredSet.Entry(
        cid.toString(),
        Optional.of(digest),
        IntStream.range(0, holders)
            .mapToObj(i -> "10.244." + random.nextInt(250) + "." + random.nextInt(4))
            .toList());
  }

  /** The longest there are. */
  private static String address(int last) {
    return "fd00:1111:2222:3333:4444:5555:6666:%04x".formatted(last);
  }
}
