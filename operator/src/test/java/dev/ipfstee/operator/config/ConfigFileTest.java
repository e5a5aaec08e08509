package dev.ipfstee.operator.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.operator.failure.InvalidConfigurationException;
import io.fabric8.kubernetes.api.model.Quantity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigFileTest {
  private static final String FETCHER = "localhost/image-fetcher@sha256:" + "0".repeat(64);
  private static final String SMALLEST =
      """
      fetcher: {image: "%s"}
      gateways: [{url: "https://trustless-gateway.link"}]
      """
          .formatted(FETCHER);

  @Test
  void whatIsNotSaidHasItsDefault() {
    OperatorConfig config = ConfigFile.parse(SMALLEST);

    assertThat(config.namespaces().nodes()).isEqualTo("ipfs-tee-nodes");
    assertThat(config.registry().host()).isEqualTo("localhost:5050");
    assertThat(config.fetcher().minFree()).isEqualTo("20%");
    assertThat(config.fetcher().attempts().backoff(1)).isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void allNamespacesAreWatchedUnlessSomeAreNamed() {
    OperatorConfig all = ConfigFile.parse(SMALLEST + "watchNamespaces: []\n");
    assertThat(all.watches("anything")).isTrue();

    OperatorConfig two = ConfigFile.parse(SMALLEST + "watchNamespaces: [b, a]\n");
    assertThat(two.watchNamespaces()).containsExactly("a", "b");
    assertThat(two.watches("a")).isTrue();
    assertThat(two.watches("c")).isFalse();
  }

  @Test
  void aProfileIsLaidOverTheBuiltInOneOfItsName() {
    OperatorConfig config = ConfigFile.parse(SMALLEST + "profiles: {snp: {pull: Host}}\n");

    Profile snp = config.profiles().find("snp").orElseThrow();
    assertThat(snp.pull()).isEqualTo(Profile.Pull.Host);
    assertThat(snp.runtimeClass()).contains("kata-qemu-snp");
    assertThat(snp.matches(Map.of("amd.feature.node.kubernetes.io/snp", "true"))).isTrue();
    assertThat(snp.matches(Map.of("kubernetes.io/os", "linux"))).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          colour: red                                        | colour
          fetcher: {image: "localhost/f:latest"}             | pinned by digest
          gateways: []                                       | at least one
          gateways: [{url: "ftp://example.org"}]             | ftp
          gateways: [{url: "https://user:pw@example.org"}]   | gateway
          fetcher: {image: "IMAGE", peers: "https://p.example"} | fetcher.peers
          fetcher: {image: "IMAGE", peers: "p.example"} | fetcher.peers
          fetcher: {image: "IMAGE", proxy: {url: "https://p.example"}} | fetcher.proxy.url
          fetcher: {image: "IMAGE", proxy: {url: "http://me:pw@p.example"}} | fetcher.proxy.url
          fetcher: {image: "IMAGE", proxy: {url: "http://p.example", except: ["a b"]}} | fetcher.proxy.except
          gateways: [{url: "http://a.example", tokenSecretName: t}] | https
          gateways: [{url: "http://a.example", caSecretName: t}] | https
          gateways: [{url: "https://a.example"}, {url: "https://A.example/", caSecretName: t}] | twice
          profiles: {mine: {pull: Guest}}                    | profiles.mine.mode
          profiles: {mine: {mode: NodeVM, pull: Guest}}      | profiles.mine.pull
          watchNamespaces: [a, ipfs-tee-nodes]               | that of the node programs
          watchNamespaces: [a, ""]                           | watchNamespaces
          registry: {pollInterval: 0s}                       | registry.pollInterval
          registry: {pollInterval: soon}                     | soon
          """)
  void whatIsWrongIsNamed(String line, String named) {
    String key = line.substring(0, line.indexOf(':') + 1);
    String yaml =
        SMALLEST
            .lines()
            .filter(other -> !other.startsWith(key))
            .map(other -> other + "\n")
            .reduce("", String::concat);

    assertThatThrownBy(() -> ConfigFile.parse(yaml + line.replace("IMAGE", FETCHER) + "\n"))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining(named);
  }

  /** Their reader is a library's, which looks for the end of what it reads in its own way. */
  @Test
  void quantitiesAreReadAsTheChartWritesThem() {
    OperatorConfig config =
        ConfigFile.parse(
            """
            fetcher:
              image: %s
              resources:
                limits:
                  memory: 320Mi
                requests:
                  cpu: 100m
                  memory: 128Mi
            gateways: [{url: "https://gateway.example"}]
            """
                .formatted(FETCHER));

    assertThat(config.fetcher().resources().limits())
        .isEqualTo(Map.of("memory", new Quantity("320Mi")));
  }

  @Test
  void aSecondDocumentIsRefused() {
    assertThatThrownBy(() -> ConfigFile.parse(SMALLEST + "---\n" + SMALLEST))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("one YAML document");
  }

  @Test
  void anEmptyFileLacksWhatIsRequired() {
    assertThatThrownBy(() -> ConfigFile.parse(""))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("fetcher is required");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> ConfigFile.read(Path.of("nowhere.yaml")))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("nowhere.yaml");
  }

  @ParameterizedTest
  @CsvSource({"1,60", "2,120", "5,960", "6,1800", "60,1800"})
  void theWaitDoublesUpToItsCap(int attempt, long seconds) {
    assertThat(ConfigFile.parse(SMALLEST).fetcher().attempts().backoff(attempt))
        .hasSeconds(seconds);
  }

  @Test
  void aJobOutlivesTheLongestWaitForTheNextAttempt() {
    OperatorConfig.Attempts attempts = ConfigFile.parse(SMALLEST).fetcher().attempts();

    assertThat(attempts.timeToLive())
        .isGreaterThan(attempts.maxBackoff())
        .isGreaterThan(attempts.rearmAfter());
  }
}
