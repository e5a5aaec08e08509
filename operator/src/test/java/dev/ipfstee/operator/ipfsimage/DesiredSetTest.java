package dev.ipfstee.operator.ipfsimage;

import static dev.ipfstee.operator.ipfsimage.Fixtures.CID;
import static dev.ipfstee.operator.ipfsimage.Fixtures.DIGEST;
import static dev.ipfstee.operator.ipfsimage.Fixtures.OTHER_DIGEST;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ImagePlatform;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.IpfsImageSpec;
import dev.ipfstee.api.v1alpha1.IpfsImageStatus;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DesiredSetTest {
  private static final String ROOT = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";

  @Test
  void anImageIsNamedWithTheRegistriesThatHoldItWhole() {
    DesiredSet set =
        DesiredSet.of(
            List.of(resolved(CID, DIGEST, "linux/amd64", "linux/arm64")),
            List.of(
                registry("a", "10.0.0.9", held(CID, DIGEST, "linux/amd64", "linux/arm64")),
                registry("b", "10.0.0.10", held(CID, DIGEST, "linux/amd64")),
                registry("c", "10.0.0.11", held(CID, OTHER_DIGEST, "linux/amd64", "linux/arm64")),
                registry("d", "10.0.0.12"),
                registry(
                    "e",
                    "fd00::1",
                    held(CID, DIGEST, "linux/amd64", "linux/arm64", "linux/s390x"))));

    assertThat(set.images())
        .containsExactly(
            new DesiredSet.Entry(CID, Optional.of(DIGEST), List.of("10.0.0.9", "fd00::1")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ipfs://" + ROOT,
        "ipfs://" + ROOT + "/some/path",
        "ipfs://QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn",
        "https://gateway.example/ipfs/" + ROOT + "/",
        "https://" + ROOT + ".ipfs.gateway.example"
      })
  void whatIsNotResolvedIsNamedByTheRootOfItsReference(String uri) {
    assertThat(DesiredSet.of(List.of(asked(uri)), List.of()).images())
        .containsExactly(new DesiredSet.Entry(ROOT, Optional.empty(), List.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ipns://name.example",
        "docker.io/library/nginx",
        "ipfs://nonsense",
        // The hash is cut off, sha1, or an IPNS key; the codec is dag-cbor.
        "ipfs://bafybeiczsscdsbs7",
        "ipfs://f01551114da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "ipfs://f0172122059948439065f29619ef41280cbb932be52c56d99c5966b65e0111239f098bbef",
        "ipfs://f0171122059948439065f29619ef41280cbb932be52c56d99c5966b65e0111239f098bbef"
      })
  void whatNoImageCanBeIsLeftOut(String uri) {
    assertThat(DesiredSet.of(List.of(asked(uri), asked("ipfs://" + ROOT)), List.of()).images())
        .extracting(DesiredSet.Entry::cid)
        .containsExactly(ROOT);
  }

  @Test
  void anImageThatIsOnHoldOrGoingCountsAsAnyOther() {
    IpfsImage going = resolved(CID, DIGEST, "linux/amd64");
    going.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");
    going.getMetadata().setFinalizers(List.of("somebody.example/waits"));

    assertThat(DesiredSet.of(List.of(going), List.of()).images()).hasSize(1);
  }

  @Test
  void whatSeveralWantIsNamedOnceAndHeldByWhoHasItForAllOfThem() {
    DesiredSet set =
        DesiredSet.of(
            List.of(
                resolved(CID, DIGEST, "linux/amd64"),
                resolved(CID, DIGEST, "linux/arm64"),
                asked("ipfs://" + ROOT),
                asked("ipfs://" + ROOT + "/path")),
            List.of(
                registry("a", "10.0.0.1", held(CID, DIGEST, "linux/amd64")),
                registry("b", "10.0.0.2", held(CID, DIGEST, "linux/amd64", "linux/arm64"))));

    assertThat(set.images())
        .containsExactly(
            new DesiredSet.Entry(ROOT, Optional.empty(), List.of()),
            new DesiredSet.Entry(CID, Optional.of(DIGEST), List.of("10.0.0.2")));
  }

  @Test
  void theOrderOfTheInputsIsOfNoConsequence() {
    List<IpfsImage> images =
        new ArrayList<>(
            List.of(
                resolved(CID, OTHER_DIGEST, "linux/amd64"),
                resolved(CID, DIGEST, "linux/amd64"),
                asked("ipfs://" + ROOT)));
    List<DesiredSet.Registry> registries = new ArrayList<>(holders(40, CID));
    DesiredSet set = DesiredSet.of(images, registries);

    Collections.reverse(images);
    Collections.reverse(registries);

    assertThat(DesiredSet.of(images, registries)).isEqualTo(set);
    assertThat(set.images())
        .extracting(DesiredSet.Entry::digest)
        .containsExactly(Optional.empty(), Optional.of(DIGEST), Optional.of(OTHER_DIGEST));
  }

  @Test
  void ofManyHoldersEachImageNamesOthers() {
    List<String> cids = IntStream.range(0, 64).mapToObj(i -> "cid-" + i).toList();
    List<DesiredSet.Registry> registries = holders(64, cids.toArray(String[]::new));

    List<DesiredSet.Entry> entries =
        DesiredSet.of(
                cids.stream().map(cid -> resolved(cid, DIGEST, "linux/amd64")).toList(), registries)
            .images();

    assertThat(entries).allSatisfy(entry -> assertThat(entry.holders()).hasSize(16).isSorted());
    Set<String> named =
        entries.stream().flatMap(entry -> entry.holders().stream()).collect(toSet());
    assertThat(named).as("of 64 nodes, those that serve some image").hasSize(64);
  }

  @Test
  void aHolderThatComesOrGoesDisplacesAtMostOneOther() {
    List<DesiredSet.Registry> all = holders(65, CID);
    Set<String> before = named(all.subList(0, 64));

    Set<String> grown = named(all);
    Set<String> shrunk = named(all.subList(1, 64));

    assertThat(difference(before, grown)).hasSizeLessThanOrEqualTo(1);
    assertThat(difference(before, shrunk)).hasSizeLessThanOrEqualTo(1);
  }

  private static Set<String> difference(Set<String> before, Set<String> after) {
    Set<String> gone = new HashSet<>(before);
    gone.removeAll(after);
    return gone;
  }

  private static Set<String> named(List<DesiredSet.Registry> registries) {
    return Set.copyOf(
        DesiredSet.of(List.of(resolved(CID, DIGEST, "linux/amd64")), registries)
            .images()
            .getFirst()
            .holders());
  }

  private static List<DesiredSet.Registry> holders(int count, String... cids) {
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                registry(
                    "node-" + i,
                    "10.0.0." + i,
                    Stream.of(cids)
                        .map(cid -> held(cid, DIGEST, "linux/amd64"))
                        .toArray(NodeInventory.HeldImage[]::new)))
        .toList();
  }

  private static DesiredSet.Registry registry(
      String node, String ip, NodeInventory.HeldImage... images) {
    return new DesiredSet.Registry(node, ip, Set.of(images));
  }

  private static NodeInventory.HeldImage held(String cid, String digest, String... platforms) {
    return new NodeInventory.HeldImage(cid, digest, Set.of(platforms));
  }

  private static IpfsImage asked(String uri) {
    IpfsImage image = new IpfsImage();
    image.setSpec(IpfsImageSpec.of(uri));
    return image;
  }

  private static IpfsImage resolved(String cid, String digest, String... platforms) {
    IpfsImage image = asked("ipfs://" + ROOT + "/images/" + cid);
    image.setStatus(
        new IpfsImageStatus(
            1L,
            cid,
            "OciLayout",
            digest,
            "application/vnd.oci.image.index.v1+json",
            null,
            Stream.of(platforms).map(p -> new ImagePlatform(p, digest, 1, 1L)).toList(),
            null,
            null,
            null,
            null));
    return image;
  }
}
