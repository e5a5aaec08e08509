package dev.ipfstee.operator.reference;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalCidTest {
  // The multihash of the empty UnixFS directory, in each spelling (as "ipfs cid format" prints it).
  private static final String EMPTY_DIRECTORY =
      "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn",
        "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354",
        "BAFYBEICZSSCDSBS7FFQZ55ASQDF3SMV6KLCW3GOFSZVWLYARCI47BGF354",
        "f0170122059948439065f29619ef41280cbb932be52c56d99c5966b65e0111239f098bbef",
        "F0170122059948439065F29619EF41280CBB932BE52C56D99C5966B65E0111239F098BBEF",
        "k2jmtxtlhjl3fhmgndf92e48by79ryjuvqp3y2qgehpao6v3lurvnmcv",
        "zdj7WbTaiJT1fgatdet9Ei9iDB5hdCxkbVyhyh8YTUnXMiwYi"
      })
  void bringsEverySpellingToBase32(String spelling) {
    assertThat(CanonicalCid.of(spelling)).hasValue(EMPTY_DIRECTORY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nginx", "QmTooShort", "bnotbase32!!!!!!", "xafybeiczsscd", "f01"})
  void doesNotReadWhatIsNoCid(String text) {
    assertThat(CanonicalCid.of(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn",
        "k2jmtxtlhjl3fhmgndf92e48by79ryjuvqp3y2qgehpao6v3lurvnmcv"
      })
  void contentCanBeHadByTheWholeOfAStrongHash(String spelling) {
    assertThat(CanonicalCid.ofContent(spelling)).hasValue(EMPTY_DIRECTORY);
  }

  @Test
  void aRawBlockAndACarCanBeContentToo() {
    String hash = "59948439065f29619ef41280cbb932be52c56d99c5966b65e0111239f098bbef";

    assertThat(CanonicalCid.ofContent("f01551220" + hash)).isPresent();
    assertThat(CanonicalCid.ofContent("f018204" + "1220" + hash)).isPresent();
    assertThat(CanonicalCid.ofContent("f01551340" + hash + hash)).isPresent();
    assertThat(CanonicalCid.ofContent("f01551320" + hash)).as("sha2-512, cut").isEmpty();
    assertThat(CanonicalCid.ofContent("f01551220" + hash + "00")).as("a byte more").isEmpty();
    assertThat(CanonicalCid.ofContent("f01711220" + hash)).as("dag-cbor").isEmpty();
    assertThat(CanonicalCid.ofContent("f0155000568656c6c6f")).as("inline").isEmpty();
  }
}
