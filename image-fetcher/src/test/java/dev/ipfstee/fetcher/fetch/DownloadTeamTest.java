package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DownloadTeamTest {
  @Test
  void helpsWithTheOnlyLayer() {
    List<Descriptor> layers = layers(100);
    assertThat(team(4, layers).canHelpWith(layers.getFirst())).isTrue();
  }

  @Test
  void hasNoTimeWhileEachHasALayerOfItsOwn() {
    List<Descriptor> layers = layers(100, 100, 100, 100);
    assertThat(layers).noneMatch(team(4, layers)::canHelpWith);
  }

  @Test
  void hasTimeOnceFewerLayersAreLeftThanThreads() {
    List<Descriptor> layers = layers(100, 100, 100, 100);
    DownloadTeam team = team(4, layers);
    team.stored(layers.getFirst());
    assertThat(layers.subList(1, 4)).allMatch(team::canHelpWith);
  }

  @Test
  void helpsWithTheLayerThatWouldBeTheLastByFar() {
    List<Descriptor> layers = layers(10, 10, 500, 10, 10, 10);
    DownloadTeam team = team(4, layers);
    assertThat(layers.stream().filter(team::canHelpWith)).containsExactly(layers.get(2));
  }

  @Test
  void oneAloneHelpsNobody() {
    List<Descriptor> layers = layers(100);
    assertThat(team(1, layers).canHelpWith(layers.getFirst())).isFalse();
  }

  private static DownloadTeam team(int size, List<Descriptor> layers) {
    return new DownloadTeam(size, layers, download -> {});
  }

  private static List<Descriptor> layers(int... sizes) {
    return IntStream.range(0, sizes.length).mapToObj(i -> layer(i, sizes[i])).toList();
  }

  private static Descriptor layer(int number, int size) {
    Digest digest = Digest.of(Digest.Algorithm.SHA256, new byte[] {(byte) number});
    return new Descriptor("application/vnd.oci.image.layer.v1.tar", digest, size);
  }
}
