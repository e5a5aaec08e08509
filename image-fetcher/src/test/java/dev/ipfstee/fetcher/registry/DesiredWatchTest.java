package dev.ipfstee.fetcher.registry;

import static dev.ipfstee.fetcher.registry.MountedSet.gzip;
import static dev.ipfstee.fetcher.registry.MountedSet.image;
import static dev.ipfstee.fetcher.registry.MountedSet.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DesiredWatchTest {
  private static final Cid A = cid("a");
  private static final Cid B = cid("b");
  private static final int MIB = 1 << 20;

  @TempDir private Path temp;
  private MountedSet mounted;
  private final AtomicLong clock = new AtomicLong();
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
  private DesiredWatch watch;

  @BeforeEach
  void start() throws IOException {
    mounted = new MountedSet(temp.resolve("desired"));
    PrintStream out = new PrintStream(logged, true, StandardCharsets.UTF_8);
    watch =
        new DesiredWatch(
            new DesiredFile(mounted.file()), clock::get, new JsonLog(out, InstantSource.system()));
  }

  private static Cid cid(String content) {
    return Cid.raw(Digest.of(Digest.Algorithm.SHA256, content.getBytes(StandardCharsets.UTF_8)));
  }

  private List<String> log(String level) {
    return logged
        .toString(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.contains("\"level\":\"" + level + "\""))
        .toList();
  }

  private void look(byte[] content) throws IOException {
    mounted.show(content);
    watch.look();
  }

  @Test
  void saysWhereImagesAre() throws Exception {
    look(gzip(set(true, image(A.toString(), "10.244.1.7", "fd00::7"), image(B.toString()))));

    assertThat(watch.holders(A))
        .containsExactlyInAnyOrder(
            InetAddress.getByName("10.244.1.7"), InetAddress.getByName("fd00:0::7"));
    assertThat(watch.holders(B)).isEmpty();
    assertThat(watch.holders(cid("c"))).isEmpty();
    assertThat(watch.set()).hasValueSatisfying(set -> assertThat(set.complete()).isTrue());
    assertThat(log("INFO")).singleElement().asString().contains("the desired set is read");
  }

  @Test
  void imageThatTwoObjectsWantIsWhereverOneOfThemSays() throws Exception {
    look(gzip(set(true, image(A.toString(), "10.0.0.1"), image(A.toString(), "10.0.0.2"))));

    assertThat(watch.holders(A)).hasSize(2);
    assertThat(watch.set().orElseThrow().images()).hasSize(1);
  }

  @Test
  void fieldsOfANewerOperatorArePassedOver() throws Exception {
    look(
        gzip(
            "{\"written\":[{\"by\":{}}],\"images\":[{\"retention\":{\"x\":[1]},\"cid\":\"%s\"}],"
                    .formatted(A)
                + "\"complete\":true,\"version\":1,\"note\":null}"));

    assertThat(watch.set().orElseThrow().lists(A.toString())).isTrue();
  }

  @Test
  void otherFormsOfACidAreTheSame() throws Exception {
    look(gzip(set(true, image("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG"))));

    assertThat(watch.set().orElseThrow().images())
        .containsOnlyKeys("bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34");
  }

  static Stream<Arguments> unreadable() {
    byte[] random = new byte[MIB + 1];
    new Random(1).nextBytes(random);
    byte[] good = gzip(set(true, image(A.toString())));
    String cid = A.toString();
    return Stream.of(
        arguments("garbage", "{}".getBytes(StandardCharsets.UTF_8), "Not in GZIP format"),
        arguments("empty", new byte[0], "ends too early"),
        arguments("too large", random, "expected at most 1048576 bytes, found more"),
        arguments("cut off", Arrays.copyOf(good, good.length - 12), "ends too early"),
        arguments("bomb of white space", gzip(" ".repeat(256 * MIB)), "maximum allowed (8388608"),
        arguments("bomb of text", gzip("{\"x\":\"" + "x".repeat(64 * MIB)), "maximum allowed"),
        arguments("bomb of lists", gzip("{\"x\":" + "[".repeat(MIB)), "nesting depth"),
        arguments("bomb of values", gzip("{\"x\":[" + "1,".repeat(3 * MIB)), "Token count"),
        arguments("no JSON", gzip("{\"version\":1,"), "Unexpected end-of-input"),
        arguments("no object", gzip("[]"), "expected a JSON object"),
        arguments("nothing", gzip(""), "expected a JSON object"),
        arguments("more", gzip(set(true) + "{}"), "expected nothing after the JSON object"),
        arguments(
            "twice",
            gzip("{\"version\":1,\"complete\":true,\"images\":[],\"images\":[]}"),
            "Duplicate field 'images'"),
        arguments(
            "another version",
            gzip("{\"version\":2,\"complete\":true,\"images\":[]}"),
            "expected version 1, found 2"),
        arguments("no version", gzip("{\"complete\":true,\"images\":[]}"), "not all of them"),
        arguments("no images", gzip("{\"version\":1,\"complete\":true}"), "not all of them"),
        arguments("no word", gzip("{\"version\":1,\"images\":[]}"), "not all of them"),
        arguments(
            "words",
            gzip("{\"version\":1,\"complete\":\"no\",\"images\":[]}"),
            "expected 'complete' to be true or false"),
        arguments("no CID", gzip(set(true, "{\"holders\":[]}")), "to have a 'cid'"),
        arguments("cut CID", gzip(set(true, image(cid.substring(9)))), "failed to parse the CID"),
        arguments("name", gzip(set(true, image(cid, "node-1"))), "a holder to be an IP address"),
        arguments("port", gzip(set(true, image(cid, "10.0.0.1:5051"))), "to be an IP address"),
        arguments(
            "too many holders",
            gzip(
                set(
                    true,
                    image(
                        cid,
                        IntStream.range(0, 17)
                            .mapToObj(host -> "10.0.0." + host)
                            .toArray(String[]::new)))),
            "expected at most 16 holders"),
        arguments(
            "too many images",
            gzip(
                set(
                    true,
                    IntStream.rangeClosed(0, 20_000)
                        .mapToObj(seed -> "{\"cid\":\"" + cid("" + seed) + "\"}")
                        .toArray(String[]::new))),
            "expected at most 20000 images"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unreadable")
  void whatCantBeReadIsToldOnceAndLeavesNothingKnown(String name, byte[] content, String cause)
      throws Exception {
    look(gzip(set(true, image(A.toString(), "10.0.0.1"))));
    look(content);
    watch.look();

    assertThat(watch.set()).isEmpty();
    assertThat(watch.holders(A)).isEmpty();
    assertThat(log("WARN")).singleElement().asString().contains(cause).contains("desired.json.gz");
  }

  @Test
  void fileMayComeLateAndVanishAndComeBack() throws Exception {
    watch.look();
    watch.look();
    assertThat(watch.set()).isEmpty();
    assertThat(log("WARN")).singleElement().asString().contains("NoSuchFileException");

    mounted.show(image(A.toString()));
    watch.look();
    assertThat(watch.set().orElseThrow().lists(A.toString())).isTrue();

    mounted.hide();
    watch.look();
    watch.look();
    assertThat(watch.set()).isEmpty();
    assertThat(log("WARN")).hasSize(2);
    assertThat(log("INFO")).hasSize(1);
  }

  @Test
  void anotherCauseIsToldAgain() throws Exception {
    look(gzip("[]"));
    look(gzip("{}"));
    look(gzip("{}"));

    assertThat(log("WARN")).hasSize(2);
  }

  @Test
  void contentThatTheKubeletExchangedIsSeen() throws Exception {
    look(gzip(set(true, image(A.toString()))));
    look(gzip(set(true, image(B.toString()))));

    assertThat(watch.set().orElseThrow().images()).containsOnlyKeys(B.toString());
    assertThat(log("INFO")).hasSize(1);
    assertThat(log("WARN")).isEmpty();
  }

  @Test
  void incompleteSetStillSaysWhereImagesAreAndIsToldOnce() throws Exception {
    look(gzip(set(false, image(A.toString(), "10.0.0.1"))));
    look(gzip(set(false, image(A.toString(), "10.0.0.2"))));

    assertThat(watch.holders(A)).containsExactly(InetAddress.getByName("10.0.0.2"));
    assertThat(watch.set()).hasValueSatisfying(set -> assertThat(set.complete()).isFalse());
    assertThat(log("WARN")).singleElement().asString().contains("doesn't name all images");
  }

  @Test
  void ageIsThatOfTheContent() throws Exception {
    assertThat(watch.ageSeconds()).isNaN();
    look(gzip(set(true, image(A.toString()))));
    clock.addAndGet(Duration.ofSeconds(30).toNanos());
    look(gzip(set(true, image(A.toString()))));
    assertThat(watch.ageSeconds()).isEqualTo(30);

    look(gzip(set(true, image(B.toString()))));
    assertThat(watch.ageSeconds()).isZero();
  }

  @Test
  void largestSetIsRead() throws Exception {
    String[] holders =
        IntStream.range(0, 16)
            .mapToObj(host -> "10.244.100.1" + (10 + host))
            .toArray(String[]::new);
    look(
        gzip(
            set(
                true,
                IntStream.range(0, 10_000)
                    .mapToObj(seed -> image(cid("" + seed).toString(), holders))
                    .toArray(String[]::new))));

    assertThat(watch.set()).hasValueSatisfying(set -> assertThat(set.images()).hasSize(10_000));
    assertThat(watch.holders(cid("7"))).hasSize(16);
  }
}
