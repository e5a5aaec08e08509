package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContentReferenceTest {
  private static final String CID = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";
  private static final String CID_V0 = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";

  @ParameterizedTest
  @CsvSource({
    "ipfs://" + CID + ",",
    "ipfs://" + CID + "/,",
    "IPFS://" + CID_V0 + ",",
    "/ipfs/" + CID_V0 + ",",
    CID + ",",
    CID_V0 + ",",
    "https://gw.example/ipfs/" + CID + ", https://gw.example",
    "https://gw.example/ipfs/" + CID_V0 + "/, https://gw.example",
    "https://GW.example:8443/ipfs/" + CID + ", https://gw.example:8443",
    "https://127.0.0.1/ipfs/" + CID + ", https://127.0.0.1",
    "https://[::1]:8080/ipfs/" + CID + ", https://[::1]:8080",
    "https://" + CID + ".ipfs.gw.example, https://gw.example",
    "https://" + CID + ".ipfs.gw.example:8443/, https://gw.example:8443",
    "http://localhost:8080/ipfs/" + CID + ", http://localhost:8080",
  })
  void readsEveryFormOfARoot(String text, URI hint) {
    ContentReference reference = ContentReference.parse(text);

    assertThat(reference.root()).hasToString(CID);
    assertThat(reference.path()).isEmpty();
    assertThat(reference.gatewayHint().orElse(null)).isEqualTo(hint);
    assertThat(reference.canonical()).isEqualTo("ipfs://" + CID);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ipfs://" + CID + "/a%20b/%25/c%C3%A9",
        "/ipfs/" + CID + "/a\u00a0b/%/cé",
        "https://gw.example/ipfs/" + CID + "/a%20b/%25/cé/",
        "https://" + CID + ".ipfs.gw.example/a%20b/%25/c%c3%a9",
      })
  void decodesUrlPathsOnce(String text) {
    ContentReference reference = ContentReference.parse(text);

    List<String> expected =
        text.startsWith("/ipfs/") ? List.of("a\u00a0b", "%", "cé") : List.of("a b", "%", "cé");
    assertThat(reference.path()).isEqualTo(expected);
    assertThat(ContentReference.parse(reference.canonical()).path()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ipfs://",
        "ipfs:///" + CID,
        "ipfs://" + CID + "//",
        "ipfs://" + CID + "/a//b",
        "ipfs://" + CID + "/./b",
        "ipfs://" + CID + "/a/..",
        "ipfs://" + CID + "/%2e%2E/b",
        "ipfs://" + CID + "/a%2fb",
        "ipfs://" + CID + "/a%00b",
        "ipfs://" + CID + "/a%1bb",
        "ipfs://" + CID + "/a%",
        "ipfs://" + CID + "/a%4",
        "ipfs://" + CID + "/a%zz",
        "ipfs://" + CID + "/a%+1",
        "ipfs://" + CID + "/a%ff",
        "ipfs://" + CID + "/a%c0%af",
        "ipfs://" + CID + "?x=1",
        "ipfs://" + CID + "#x",
        "ipfs://" + CID + "/a b",
        "ipfs://" + CID + "/a\\b",
        "ipfs://" + CID + "/a\nb",
        " ipfs://" + CID,
        "/ipfs/" + CID + "/../x",
        "https://user:secret@gw.example/ipfs/" + CID,
        "https://gw.example@evil.example/ipfs/" + CID,
        "https://gw.example/ipfs/",
        "https://gw.example/" + CID,
        "https://gw.example",
        "https:///ipfs/" + CID,
        "https://gw.example:0/ipfs/" + CID,
        "https://gw.example:99999/ipfs/" + CID,
        "https://gw_.%65xample/ipfs/" + CID,
        "ftp://gw.example/ipfs/" + CID,
        "docker.io/library/busybox:latest",
        CID + "/path",
      })
  void refusesWhatIsNotAReference(String text) {
    assertReason(text, Reason.INVALID_REFERENCE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ipns://k51qzi5uqu5dhax1ukh2znvyxxahozbq4wya8e9v74wuym7walwpr3sikzym90",
        "ipns://docs.ipfs.tech/install",
        "/ipns/docs.ipfs.tech",
        "https://gw.example/ipns/docs.ipfs.tech",
        "https://docs-ipfs-tech.ipns.dweb.link/",
        "ipfs://k51qzi5uqu5dhax1ukh2znvyxxahozbq4wya8e9v74wuym7walwpr3sikzym90",
        "k51qzi5uqu5dhax1ukh2znvyxxahozbq4wya8e9v74wuym7walwpr3sikzym90",
      })
  void refusesMutableNames(String text) {
    assertReason(text, Reason.MUTABLE_NAME);
  }

  @ParameterizedTest
  @CsvSource({
    "ipfs://hello, INVALID_CID",
    "busybox, INVALID_CID",
    "ipfs://" + CID_V0 + "x, INVALID_CID",
    "ipfs://bafkrcffk6tdb3xgf5crnvpw6b45uqlgzv2uugti/a, UNSUPPORTED_HASH",
    "ipfs://bafyreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq, UNSUPPORTED_CODEC",
  })
  void saysWhatIsWrongWithTheCid(String text, Reason reason) {
    assertReason(text, reason);
  }

  @Test
  void neverShowsAPassword() {
    assertThatThrownBy(() -> ContentReference.parse("https://user:secret@gw.example/ipfs/" + CID))
        .message()
        .doesNotContain("secret");
  }

  @Test
  void refusesWhatIsTooLongWhenItIsWrittenDown() {
    String longest = "/ipfs/bafkqaaa/" + "é".repeat((4096 - "ipfs://bafkqaaa/".length()) / 6);

    assertThat(ContentReference.parse(longest).canonical()).hasSizeLessThanOrEqualTo(4096);
    assertReason(longest + "é", Reason.INVALID_REFERENCE);
  }

  private static void assertReason(String text, Reason reason) {
    assertThatThrownBy(() -> ContentReference.parse(text))
        .isInstanceOfSatisfying(
            FetchException.class, e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
  }
}
