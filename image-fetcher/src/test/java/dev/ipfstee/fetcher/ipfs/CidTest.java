package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CidTest {
  private static final String EMPTY_DIRECTORY_V0 = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";
  private static final String EMPTY_DIRECTORY_V1 =
      "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";

  @ParameterizedTest
  @CsvSource({
    "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn",
    "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354",
    "BAFYBEICZSSCDSBS7FFQZ55ASQDF3SMV6KLCW3GOFSZVWLYARCI47BGF354",
    "k2jmtxtlhjl3fhmgndf92e48by79ryjuvqp3y2qgehpao6v3lurvnmcv",
    "zdj7WbTaiJT1fgatdet9Ei9iDB5hdCxkbVyhyh8YTUnXMiwYi",
    "f0170122059948439065f29619ef41280cbb932be52c56d99c5966b65e0111239f098bbef",
    "F0170122059948439065F29619EF41280CBB932BE52C56D99C5966B65E0111239F098BBEF",
  })
  void readsEveryTextFormOfTheSameContent(String text) {
    Cid cid = Cid.parse(text);

    assertThat(cid).hasToString(EMPTY_DIRECTORY_V1).isEqualTo(Cid.parse(EMPTY_DIRECTORY_V0));
    assertThat(cid.codec()).isEqualTo(Cid.Codec.DAG_PB);
    assertThat(cid.impliedDigest()).isEmpty();
  }

  @Test
  void convertsThePublishedVersion0Example() {
    assertThat(Cid.parse("QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR"))
        .hasToString("bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi");
  }

  @Test
  void takesInlineContentFromAnIdentityCid() {
    Cid empty = Cid.parse("bafkqaaa");

    assertThat(empty.isIdentity()).isTrue();
    assertThat(empty.multihash().hex()).isEmpty();
    assertThat(empty.impliedDigest()).isEmpty();
    assertThat(empty).hasToString("bafkqaaa");
  }

  @Test
  void acceptsIdentityOf128BytesAndRefusesOneMore() {
    String inline = "78".repeat(128);
    assertThat(Cid.parse("f015500" + "8001" + inline).multihash().hex()).isEqualTo(inline);
    assertRefused("f015500" + "8101" + inline + "78", Reason.UNSUPPORTED_HASH);
  }

  @Test
  void convertsARawCidToItsDigestAndBack() {
    Cid cid = Cid.parse("bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq");
    Digest digest =
        Digest.parse("sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");

    assertThat(cid.impliedDigest()).contains(digest);
    assertThat(Cid.raw(digest)).isEqualTo(cid);
  }

  @Test
  void convertsARawSha512CidToItsDigestAndBack() {
    Cid cid =
        Cid.parse(
            "bafkrgqe3ohjcjplc6n4f3fwunlj6upltggn7xqujbsvnvyw764srszz4u4rshq6ztos4chl4plgg4ffyyxnayrtdi5oc4xb2332g645433aeg");

    assertThat(Cid.raw(cid.impliedDigest().orElseThrow())).isEqualTo(cid);
  }

  @Test
  void readsWhatItWrites() {
    Cid cid = Cid.parse(EMPTY_DIRECTORY_V1);
    assertThat(Cid.fromBytes(cid.toBytes())).isEqualTo(cid);
    assertThat(Cid.fromBytes(HexFormat.of().parseHex("1220" + cid.multihash().hex())))
        .isEqualTo(cid);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "sha1, bafkrcffk6tdb3xgf5crnvpw6b45uqlgzv2uugti, UNSUPPORTED_HASH",
    "blake3, bafkr4ibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq, UNSUPPORTED_HASH",
    "sha2-256 cut to 16 bytes, bafkreebm6jg3ux5qumhcn2b3flc3tyu6, UNSUPPORTED_HASH",
    "sha2-256 of 33 bytes, bafkreijm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yer4a,"
        + " INVALID_CID",
    "dag-cbor, bafyreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq, UNSUPPORTED_CODEC",
    "IPNS, k51qzi5uqu5dhax1ukh2znvyxxahozbq4wya8e9v74wuym7walwpr3sikzym90, MUTABLE_NAME",
    "trailing byte, bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yer4a, INVALID_CID",
    "cut off, bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4y, INVALID_CID",
    "version 2, bajkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq, INVALID_CID",
    "varint too long, bahkqaeraftze3os7wcrq4jxihmvmlopctynrmhs4d6tuexttaqzwfe4ltasa, INVALID_CID",
    "v0 with a prefix, zQmRN6wdp1S2A5EtjW9A3M1vKSBuQQGcgvuhoMUoEz4iiT5, INVALID_CID",
    "mixed case, BaFKREIBM6JG3UX5QUMHCN2B3FLC3TYU6DMLB4XA7U5BF44YEGNRJHC4YEQ, INVALID_CID",
    "upper case under b, bAFKQAAA, INVALID_CID",
    "padding, bafkqaaa=, INVALID_CID",
    "bits that mean nothing, bafkqaab, INVALID_CID",
    "unknown multibase, mAVUAAA, INVALID_CID",
    "v0 with a letter outside base58, QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3N0, INVALID_CID",
    "short v0, QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3N, INVALID_CID",
    "a word, hello, INVALID_CID",
    "nothing, '', INVALID_CID",
    "only a prefix, b, INVALID_CID",
  })
  void refusesWithATypedReason(String what, String text, Reason reason) {
    assertRefused(text, reason);
  }

  @Test
  void refusesEndlessTextBeforeDecodingIt() {
    assertRefused("z" + "2".repeat(1_000_000), Reason.INVALID_CID);
  }

  @Test
  void escapesTerminalControlsInMessages() {
    assertThatThrownBy(() -> Cid.parse("b\u001b[2J\u202e"))
        .message()
        .doesNotContain("\u001b", "\u202e");
  }

  private static void assertRefused(String text, Reason reason) {
    assertThatThrownBy(() -> Cid.parse(text))
        .isInstanceOfSatisfying(
            FetchException.class, e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
  }
}
