package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Command lines that can't be carried out: exit code 2, a report that says why, and no work done.
 */
@Timeout(60)
class CommandUsageTest {
  private static final String CID = "bafkqaddimvwgy3zao5xxe3debi";

  @TempDir private Path directory;
  private CommandBed bed;
  private HostileGateway gateway;

  @BeforeEach
  void open() {
    bed = new CommandBed(directory);
    gateway = bed.gateway();
  }

  @AfterEach
  void close() {
    assertThat(gateway.requests()).isEmpty();
    assertThat(bed.store).doesNotExist();
    bed.close();
  }

  private JsonNode refuse(String... arguments) {
    return bed.expect(CommandLineRun.of(arguments), Reason.INVALID_USAGE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--no-such-option",
        "--max-bytes=many",
        "--max-bytes=-1",
        "--max-layers=0",
        "--max-layers=x",
        "--timeout=5",
        "--timeout=0s",
        "--stall-timeout=",
        "--connect-timeout=0s",
        "--block-timeout=5",
        "--first-byte-timeout=x",
        "--hedge-after=-1s",
        "--gateway-blocks=0",
        "--gateway-cars=65",
        "--gateway-rate=-1",
        "--concurrency=0",
        "--concurrency=17",
        "--min-free=100%",
        "--layout=Docker",
        "--ref-name=",
        "--ref-name=a b",
        "--ref-name=-a",
        "--ref-name=a#b",
        "--config-lint=off",
        "--expected-digest=sha256:short",
        "--platform=amd64",
        "--platform=linux/a/b/c",
        "--output=yaml",
        "--gateway=gw.example",
        "--gateway=ftp://gw.example",
        "--gateway=https://gw.example/path",
        "--gateway=https://gw.example?x=1",
        "--gateway=https://gw example",
        "--router=router.example",
        "--router=https://router.example/routing/v1",
        "--router=http://user:pw@router.example",
        "--gateway-token-file=gw.example",
        "--gateway-token-file==file",
        "--gateway-token-file=gw.example=/does/not/exist",
        "--ca-file=gw.example=",
        "--private-host=http://gw.example",
        "--peer=10.1.2.3",
        "--peer=http://u:p@10.1.2.3:5051",
        "--peer=http://10.1.2.3:5051/v2",
        "--proxy=gw.example",
        "--proxy-credentials-file=/does/not/exist",
        "--no-proxy=gw.example",
        "second-reference",
      })
  void saysWhatIsWrongAndDoesNothing(String bad) {
    JsonNode report = refuse(bed.fetch(gateway, CID, bad));

    String name = bad.contains("=") ? bad.substring(2, bad.indexOf('=')) : bad;
    String message = report.path("message").asText();
    assertThat(message).isNotBlank();
    if (!List.of("gateway", "private-host", "platform").contains(name)) {
      assertThat(message).contains(name);
    }
  }

  @Test
  void refusesACaFileThatIsntThere() {
    refuse(bed.fetch(gateway, CID, "--ca-file=gw.example=/does/not/exist"));
  }

  @Test
  void wantsAReference() {
    assertThat(refuse(bed.fetch(gateway)).path("message").asText()).contains("REFERENCE");
  }

  @Test
  void wantsAStore() {
    assertThat(refuse("fetch", "--report", bed.report.toString(), CID).path("message").asText())
        .contains("--store");
  }

  @Test
  void wantsAGateway() {
    assertThat(
            refuse("fetch", "--report=" + bed.report, "--store=" + bed.store, CID)
                .path("message")
                .asText())
        .contains("--gateway");
  }

  @Test
  void wantsACommandItKnows() {
    assertThat(CommandLineRun.of("fetsch").exitCode()).isEqualTo(2);
    assertThat(CommandLineRun.of().exitCode()).isEqualTo(2);
  }

  @Test
  void refusesPlainHttpUnlessAllowed() {
    JsonNode report =
        refuse(
            "fetch",
            "--report=" + bed.report,
            "--store=" + bed.store,
            "--gateway=" + gateway.url(),
            "--allow-private-addresses",
            CID);

    assertThat(report.path("message").asText()).contains("--allow-http");
  }

  @Test
  void refusesAReferencesPlainHttpGatewayUnlessAllowed() {
    refuse(
        "fetch",
        "--report=" + bed.report,
        "--store=" + bed.store,
        "--allow-private-addresses",
        gateway.url() + "/ipfs/" + CID);
  }

  @Test
  void refusesAReportThatCantBeWrittenBeforeItDoesAnything() {
    for (Path unwritable : List.of(directory, directory.resolve("no/such/report"))) {
      CommandLineRun run =
          CommandLineRun.of(bed.fetch(gateway, CID, "--output=json", "--report=" + unwritable));
      assertThat(run.exitCode()).isEqualTo(2);
      assertThat(run.err()).contains("InvalidUsage").contains(unwritable.toString());
      assertThat(CommandLineRun.json(run.out()).path("outcome").asText()).isEqualTo("InvalidUsage");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--gateway=", "--proxy=", "", "--no-such-option="})
  void neverShowsAPasswordInAUrl(String where) throws IOException {
    for (String secret : List.of("hunter2", "hun/ter2", "hun@ter2", "hun ter2")) {
      CommandLineRun run =
          CommandLineRun.of(
              bed.fetch(
                  gateway, CID, where + "https://user:" + secret + "@gw.example/ipfs/" + CID));

      assertThat(run.exitCode()).isEqualTo(2);
      assertThat(run.err() + run.out() + Files.readString(bed.report))
          .doesNotContain("ter2", "user:");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"hunter2", "hun/ter2", "hun@ter2"})
  void neverShowsAPasswordInAReference(String secret) throws IOException {
    CommandLineRun run =
        CommandLineRun.of(bed.fetch(gateway, "https://user:" + secret + "@gw.example/ipfs/" + CID));

    bed.expect(run, Reason.INVALID_REFERENCE);
    assertThat(run.err() + run.out() + Files.readString(bed.report))
        .doesNotContain("ter2", "user:");
  }

  @ParameterizedTest
  @ValueSource(strings = {"two words", "", "line\nbreak", "\u0007bell", "ümlaut"})
  void neverShowsWhatIsInABadTokenFile(String content) throws IOException {
    Path token = Files.writeString(directory.resolve("token"), content);

    CommandLineRun run =
        CommandLineRun.of(bed.fetch(gateway, CID, "--gateway-token-file=gw.example=" + token));

    bed.expect(run, Reason.INVALID_USAGE);
    if (!content.isEmpty()) {
      assertThat(run.err() + run.out() + Files.readString(bed.report)).doesNotContain(content);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"no-colon", ":empty-user", "empty-password:", "us\u0000er:pw", "a:b\nc", ""})
  void neverShowsWhatIsInABadFileOfProxyCredentials(String content) throws IOException {
    Path login = Files.writeString(directory.resolve("login"), content);

    CommandLineRun run =
        CommandLineRun.of(
            bed.fetch(
                gateway,
                CID,
                "--proxy=http://proxy.example:3128",
                "--proxy-credentials-file=" + login));

    bed.expect(run, Reason.INVALID_USAGE);
    assertThat(run.err()).contains("--proxy-credentials-file", "USER:PASSWORD");
    if (!content.isEmpty()) {
      assertThat(run.err() + run.out() + Files.readString(bed.report)).doesNotContain(content);
    }
  }

  @Test
  void printsItsReportAsJsonThoughTheCommandLineIsWrong() throws IOException {
    CommandLineRun run =
        CommandLineRun.of(bed.fetch(gateway, CID, "--output", "json", "--no-such-option"));

    bed.expect(run, Reason.INVALID_USAGE);
    assertThat(run.out()).isEqualTo(Files.readString(bed.report) + System.lineSeparator());
  }

  @Test
  void readsNoFileThatAReferenceNames() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "--store=elsewhere secret");

    CommandLineRun run = CommandLineRun.of(bed.fetch(gateway, "@" + file));

    bed.expect(run, Reason.INVALID_REFERENCE);
    assertThat(run.err() + run.out() + Files.readString(bed.report)).doesNotContain("secret");
  }

  @Test
  void takesNoOptionForAReferenceBehindTheEndOfOptions() {
    bed.expect(
        CommandLineRun.of(bed.fetch(gateway, "--", "--allow-private-addresses")),
        Reason.INVALID_CID);
  }

  @Test
  void showsNoControlCharactersOfArguments() {
    CommandLineRun run = CommandLineRun.of(bed.fetch(gateway, CID, "--bad\u001b[31m"));

    bed.expect(run, Reason.INVALID_USAGE);
    assertThat(run.err()).doesNotContain("\u001b").contains("\\u001b");
  }
}
