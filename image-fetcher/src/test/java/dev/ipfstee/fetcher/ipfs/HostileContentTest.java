package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.HostileGateway;
import dev.ipfstee.fetcher.testing.Opened;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Content whose hashes are right and that is wrong all the same: final, and never asked for again.
 */
@Timeout(60)
class HostileContentTest {
  private static final byte[] NOTHING = {};

  private final TestDag dag = new TestDag();
  @AutoClose private final Opened opened = new Opened();
  private final HostileGateway gateway = opened.add(new HostileGateway(dag));

  static Stream<Arguments> malformedBlocks() {
    String leaf = "0a04" + "08021800";
    String cid = "0a0401550000";
    return Stream.of(
        Arguments.of("empty node without UnixFS (go-codec-dagpb)", ""),
        Arguments.of("field of unknown number", leaf + "1a00"),
        Arguments.of("Data as a varint", "0800"),
        Arguments.of("Data twice", leaf + leaf),
        Arguments.of("Data between links", "1206" + cid + leaf + "1206" + cid),
        Arguments.of("link longer than the block", "127f" + cid),
        Arguments.of("link length beyond 2^63", "12ffffffffffffffffff01"),
        Arguments.of("varint of eleven bytes", "12ffffffffffffffffffff01"),
        Arguments.of("varint cut off", "12ff"),
        Arguments.of("link without a CID", "1200" + leaf),
        Arguments.of("link with only a name", "12021200" + leaf),
        Arguments.of("link with two CIDs", "120c" + cid + cid + leaf),
        Arguments.of("link with Name before Hash", "1208" + "1200" + cid + leaf),
        Arguments.of("link with bytes after its CID", "1207" + "0a050155000000" + leaf),
        Arguments.of("link with half a CID", "1205" + "0a03015512" + leaf),
        Arguments.of("link to CID version 3", "1206" + "0a0403550000" + leaf),
        Arguments.of("UnixFS without a type", "0a021800"),
        Arguments.of("UnixFS of type 6", "0a0408061800"),
        Arguments.of("UnixFS of type 2^64-1", "0a0c08ffffffffffffffffff011800"),
        Arguments.of("UnixFS type repeated", "0a06080208021800"),
        Arguments.of("UnixFS data longer than the block", "0a060802127f1800"),
        Arguments.of("UnixFS size twice", "0a08080218001800" + "1800".substring(4)),
        Arguments.of("UnixFS with wrong wire type", "0a0408021a00"),
        Arguments.of("file size without content", "0a0408021805"),
        Arguments.of("content without a file size", "0a0508021201" + "61"),
        Arguments.of("file size too small", "0a0708021201611800"),
        Arguments.of("file size 2^64-1", "0a0d080218ffffffffffffffffff01"),
        Arguments.of("block size without a link", "0a06080218052005"),
        Arguments.of("link without a block size", "1206" + cid + leaf),
        Arguments.of("block sizes that overflow", overflow(cid)),
        Arguments.of("nanoseconds of 2^32-1", "0a0b" + "08021800" + "420515ffffffff"),
        Arguments.of("a directory", "0a020801"),
        Arguments.of("a symbolic link", "0a050804120161"));
  }

  private static String overflow(String cid) {
    String size = "20ffffffffffffffff7f";
    return ("1206" + cid).repeat(3) + "0a22" + "0802" + "1800" + size.repeat(3);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformedBlocks")
  void refusesMalformedNodesAtOnce(String what, String hex) {
    Cid cid = dag.dagPb(HexFormat.of().parseHex(hex), List.of(), 0, false);

    assertReason(() -> read(cid, Long.MAX_VALUE), Reason.MALFORMED_DAG);
    assertThat(gateway.requests()).as("asked again").hasSize(1);
  }

  @Test
  void acceptsDataBeforeLinksAndPackedBlockSizes() {
    Cid leaf = dag.raw(new byte[] {1, 2, 3});
    TestDag.Pb data =
        new TestDag.Pb().number(1, 2).number(3, 6).bytes(4, new TestDag.Pb().varint(3).varint(3));
    TestDag.Pb link = new TestDag.Pb().bytes(1, leaf.toBytes());
    byte[] node = new TestDag.Pb().bytes(1, data).bytes(2, link).bytes(2, link).toBytes();
    Cid cid = dag.dagPb(node, List.of(leaf, leaf), 6, false);

    assertThat(read(cid, 6)).isEqualTo(6);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "a child smaller than promised, 4, 4",
    "a child larger than promised, 2, 2",
    "a child without promise, 0, 0",
  })
  void refusesPartsThatDontHaveTheirSize(String what, long claimed, long fileSize) {
    Cid leaf = dag.raw(new byte[] {1, 2, 3});
    byte[] node = dag.node(List.of(leaf), TestDag.unixFs(2, NOTHING, fileSize, claimed));
    Cid cid = dag.dagPb(node, List.of(leaf), fileSize, false);

    assertReason(() -> read(cid, Long.MAX_VALUE), Reason.MALFORMED_DAG);
  }

  @Test
  void refusesNamedPartsOfAFile() {
    Cid leaf = dag.raw(new byte[] {1});
    byte[] node =
        new TestDag.Pb()
            .bytes(2, dag.link("name", leaf))
            .bytes(1, TestDag.unixFs(2, NOTHING, 1, 1))
            .toBytes();

    assertReason(() -> read(dag.dagPb(node, List.of(leaf), 1, false), 1), Reason.MALFORMED_DAG);
  }

  @Test
  void refusesADirectoryAsPartOfAFile() {
    Cid directory = dag.directory(Map.of());
    byte[] node = dag.node(List.of(directory), TestDag.unixFs(2, NOTHING, 0, 0));

    assertReason(
        () -> read(dag.dagPb(node, List.of(directory), 0, false), 1), Reason.MALFORMED_DAG);
  }

  @Test
  void refusesSameBlockAmplificationBeforeTheFirstByte() {
    Cid at = dag.raw(new byte[1 << 20]);
    for (int level = 0; level < 2; level++) {
      at = dag.fileNode(NOTHING, Collections.nCopies(1024, at), false);
    }
    Cid terabyte = at;
    long[] written = {0};

    assertReason(() -> written[0] = read(terabyte, 10L << 30), Reason.IMAGE_TOO_LARGE);
    assertThat(written[0]).isZero();
    assertThat(gateway.requests()).hasSize(1);
  }

  @Test
  void boundsDepth() {
    Cid at = dag.file(new byte[] {1}, TestDag.Shape.RAW_LEAVES);
    for (int level = 0; level < 64; level++) {
      at = dag.fileNode(NOTHING, List.of(at), false);
    }
    Cid deep = at;

    assertThat(read(deep, 1)).isEqualTo(1);
    Cid deeper = dag.fileNode(NOTHING, List.of(deep), false);
    assertReason(() -> read(deeper, 1), Reason.DAG_TOO_DEEP);
  }

  @Test
  void boundsBlocksThatHaveNoBytes() {
    Cid empty = Cid.parse("bafkqaaa");
    byte[] links = new TestDag.Pb().bytes(2, new TestDag.Pb().bytes(1, empty.toBytes())).toBytes();
    int count = 1000;
    TestDag.Pb node = new TestDag.Pb();
    for (int i = 0; i < count; i++) {
      node.plain(links);
    }
    byte[] data = TestDag.unixFs(2, NOTHING, 0, new long[count]);
    Cid wide = dag.dagPb(node.bytes(1, data).toBytes(), List.of(), 0, false);
    Cid wider = dag.fileNode(NOTHING, Collections.nCopies(count, wide), false);

    assertReason(() -> read(wider, 1), Reason.DAG_TOO_LARGE);
  }

  @Test
  void boundsInnerNodesThatAreHeld() {
    Cid at = dag.file(new byte[] {1}, TestDag.Shape.RAW_LEAVES);
    for (int level = 0; level < 20; level++) {
      // Padded by a field that readers skip.
      TestDag.Pb data =
          new TestDag.Pb().number(1, 2).number(3, 1).number(4, 1).bytes(9, new byte[1 << 20]);
      at = dag.dagPb(dag.node(List.of(at), data.toBytes()), List.of(at), 1, false);
    }
    Cid heavy = at;

    assertReason(() -> read(heavy, 1), Reason.DAG_TOO_LARGE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "car"})
  void refusesABlockOfMoreThanTwoMebibytes(String form) {
    Cid largest = dag.raw(new byte[2 << 20]);
    Cid tooLarge = dag.raw(new byte[(2 << 20) + 1]);
    if (form.equals("raw")) {
      gateway.status("car", 406);
    }

    assertThat(read(largest, Long.MAX_VALUE)).isEqualTo(2 << 20);
    assertReason(() -> read(tooLarge, Long.MAX_VALUE), Reason.BLOCK_TOO_LARGE);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "the sha1 of a link, 01551114, 20, UNSUPPORTED_HASH",
    "a dag-cbor link, 01711220, 32, UNSUPPORTED_CODEC",
  })
  void refusesLinksToWhatCantBeVerified(String what, String prefix, int digest, Reason reason) {
    byte[] cid = HexFormat.of().parseHex(prefix + "00".repeat(digest));
    byte[] node =
        new TestDag.Pb()
            .bytes(2, new TestDag.Pb().bytes(1, cid))
            .bytes(1, TestDag.unixFs(2, NOTHING, 1, 1))
            .toBytes();

    assertReason(() -> read(dag.dagPb(node, List.of(), 1, false), 1), reason);
  }

  static Stream<Arguments> hostileNames() {
    return Stream.of("", ".", "..", "a/b", "/etc/passwd", "../../x", "a\0b").map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource("hostileNames")
  void refusesNamesThatAreNone(String name) {
    Cid leaf = dag.raw(NOTHING);
    Entity.Directory directory = directory(dag.link("ok", leaf), dag.link(name, leaf));

    assertReason(() -> content().list(directory, 9), Reason.MALFORMED_DAG);
    assertReason(() -> content().child(directory, "ok"), Reason.MALFORMED_DAG);
  }

  @Test
  void refusesEqualNames() {
    Entity.Directory directory =
        directory(dag.link("a", dag.raw(NOTHING)), dag.link("a", dag.raw(new byte[] {1})));

    assertReason(() -> content().child(directory, "a"), Reason.MALFORMED_DAG);
  }

  @Test
  void refusesNamesThatAreNotUtf8() {
    TestDag.Pb link =
        new TestDag.Pb().bytes(1, dag.raw(NOTHING).toBytes()).bytes(2, new byte[] {(byte) 0xff});

    assertReason(() -> content().list(directory(link), 9), Reason.MALFORMED_DAG);
  }

  private Entity.Directory directory(TestDag.Pb... links) {
    TestDag.Pb node = new TestDag.Pb();
    Arrays.stream(links).forEach(link -> node.bytes(2, link));
    node.bytes(1, TestDag.unixFs(1, NOTHING, -1));
    return new Entity.Directory(dag.dagPb(node.toBytes(), List.of(), 0, false));
  }

  @ParameterizedTest(name = "fanout {0}, hash {1}, bitfield {2}")
  @CsvSource({
    "0, 34, 01",
    "1, 34, 01",
    "4, 34, 01",
    "12, 34, 01",
    "255, 34, 01",
    "2048, 34, 01",
    "1099511627776, 34, 01",
    "-1, 34, 01",
    "256, 18, 01",
    "256, 0, 01",
    "8, 34, 0001",
    "256, 34, ''",
    "256, 34, 03",
    "256, 34, 02",
  })
  void refusesShardsThatBreakTheirRules(long fanout, long hash, String bitfield) {
    byte[] bits = HexFormat.of().parseHex(bitfield);
    TestDag.Pb data =
        new TestDag.Pb().number(1, 5).bytes(2, bits).number(5, hash).number(6, fanout);
    assertShardRefused("00", "name", data);
  }

  @ParameterizedTest(name = "prefix {0}")
  @ValueSource(strings = {"", "0", "01", "0a", "0G"})
  void refusesShardsWhoseNamesAreNotInPlace(String prefix) {
    TestDag.Pb data =
        new TestDag.Pb().number(1, 5).bytes(2, new byte[] {1}).number(5, 0x22).number(6, 256);
    assertShardRefused(prefix, "name", data);
  }

  private void assertShardRefused(String prefix, String name, TestDag.Pb data) {
    byte[] node =
        new TestDag.Pb()
            .bytes(2, dag.link(prefix + name, dag.raw(NOTHING)))
            .bytes(1, data)
            .toBytes();
    Entity.Directory directory = new Entity.Directory(dag.dagPb(node, List.of(), 0, false));

    assertReason(() -> content().list(directory, 9), Reason.MALFORMED_DAG);
    assertReason(() -> content().child(directory, "name"), Reason.MALFORMED_DAG);
  }

  @Test
  void refusesAShardThatHidesANameWhereItsHashDoesntPutIt() {
    Cid honest = dag.hamt(Map.of("470.txt", dag.raw(NOTHING)), 256);
    assertThat(content().child(new Entity.Directory(honest), "470.txt")).isPresent();

    TestDag.Pb data =
        new TestDag.Pb().number(1, 5).bytes(2, new byte[] {1}).number(5, 0x22).number(6, 256);
    assertShardRefused("00", "471.txt", data);
  }

  @Test
  void boundsShardsByTheBitsOfTheirHash() {
    long hash = Murmur3.hash64("470.txt".getBytes(StandardCharsets.UTF_8));
    Cid at = dag.hamt(Map.of("470.txt", dag.raw(NOTHING)), 256);
    for (int level = 8; level >= 0; level--) {
      int slot = level == 8 ? 0 : (int) (hash >>> (56 - 8 * level) & 0xff);
      byte[] bits = new byte[32];
      bits[31 - slot / 8] = (byte) (1 << slot % 8);
      byte[] node =
          new TestDag.Pb()
              .bytes(2, dag.link(String.format("%02X", slot), at))
              .bytes(1, TestDag.hamtData(bits, 0x22, 256))
              .toBytes();
      at = dag.dagPb(node, List.of(at), 0, false);
    }
    Entity.Directory endless = new Entity.Directory(at);

    assertReason(() -> content().list(endless, 9), Reason.MALFORMED_DAG);
    assertReason(() -> content().child(endless, "470.txt"), Reason.MALFORMED_DAG);
  }

  @Test
  void knowsThePublishedPositionOfAName() {
    assertThat(Murmur3.hash64("470.txt".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(0x006e88df5847e67cL);
  }

  static Stream<Arguments> malformedCars() {
    return Stream.of(
        Arguments.of("a CARv2", "0aa16776657273696f6e02"),
        Arguments.of("a header without length", "00"),
        Arguments.of("a header of 2^40 bytes", "808080808020" + "00"),
        Arguments.of("a header length of ten bytes", "80808080808080808001"),
        Arguments.of("a header that is no CBOR", "03ffffff"),
        Arguments.of("a header of an endless array", "0abf65726f6f74739f9f9f9f"),
        Arguments.of("a header with 2^63 roots", "10a265726f6f74739b7fffffffffffffff"),
        Arguments.of("a header with a third key", "14a365726f6f7473806776657273696f6e016161a0"),
        Arguments.of("a header without roots", "0aa16776657273696f6e01"),
        Arguments.of("a header that nests", "06818181818181"),
        Arguments.of("a section without length", HEADER + "00"),
        Arguments.of("a section of 2^62 bytes", HEADER + "808080808080808040" + "01551220"),
        Arguments.of("a section without a CID", HEADER + "04ffffffff"),
        Arguments.of("a section shorter than its CID", HEADER + "0401551220"),
        Arguments.of("HTML", "3c21444f43545950452068746d6c3e"));
  }

  private static final String HEADER = HexFormat.of().formatHex(TestDag.carHeader());

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformedCars")
  void countsAMalformedCarAgainstItsGateway(String what, String hex) {
    Cid file = dag.file(new byte[5000], TestDag.Shape.RAW_LEAVES);
    HostileGateway garbage =
        opened
            .add(new HostileGateway(dag))
            .sendAsCar(HexFormat.of().parseHex(hex))
            .status("raw", 404);

    assertReason(() -> read(garbage, file), Reason.MALFORMED_CAR);
    IpfsContent both = open(garbage, gateway);
    both.read(file, Long.MAX_VALUE, OutputStream.nullOutputStream());
    assertThat(both.sources().get(0).errors()).isPositive();
  }

  @Test
  void ignoresBlocksOfKindsThatWerentAskedFor() {
    Cid file = dag.file(new byte[5000], TestDag.Shape.RAW_LEAVES);
    String sha1 = "01551114" + "00".repeat(20);
    String odd = HEADER + "18" + sha1 + "19" + sha1 + "07";
    byte[] car =
        new TestDag.Pb().plain(HexFormat.of().parseHex(odd)).plain(sections(file)).toBytes();

    read(opened.add(new HostileGateway(dag)).sendAsCar(car).status("raw", 500), file);
  }

  private byte[] sections(Cid file) {
    TestDag.Pb sections = new TestDag.Pb();
    dag.entity(file).forEach(block -> sections.plain(TestDag.section(block)));
    return sections.toBytes();
  }

  private long read(Cid cid, long maxBytes) {
    return read(content(), cid, maxBytes);
  }

  private long read(HostileGateway from, Cid cid) {
    return read(open(from), cid, Long.MAX_VALUE);
  }

  private static long read(IpfsContent content, Cid cid, long maxBytes) {
    long[] count = {0};
    content.read(
        cid,
        maxBytes,
        new OutputStream() {
          @Override
          public void write(int b) {
            count[0]++;
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            count[0] += length;
          }
        });
    return count[0];
  }

  private IpfsContent content() {
    return open(gateway);
  }

  private IpfsContent open(HostileGateway... gateways) {
    return opened.add(
        GatewayContent.open(
            GatewayOptions.builder()
                .gateways(Arrays.stream(gateways).map(HostileGateway::url).toList())
                .allowHttp(true)
                .allowPrivateAddresses(true)
                .stallTimeout(Duration.ofSeconds(5))
                .notFoundAfter(Duration.ofSeconds(1))
                .build()));
  }

  private static void assertReason(Runnable action, Reason reason) {
    assertThatThrownBy(action::run)
        .isInstanceOfSatisfying(
            FetchException.class, e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
  }
}
