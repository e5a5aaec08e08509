package dev.ipfstee.fetcher.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.report.FetchReport.PlatformReport;
import dev.ipfstee.fetcher.report.FetchReport.SourceReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The files that the operator's tests read as the fetcher's words. Regenerate them with {@code
 * -Dcontract.write=true} after a deliberate change of the contract.
 */
class ContractFilesTest {
  private static final Path DIRECTORY = Path.of("src/test/resources/contract");
  private static final String CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
  private static final String INDEX = "sha256:" + "1a".repeat(32);
  private static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";

  static Stream<Map.Entry<String, FetchReport>> reports() {
    Map<String, FetchReport> reports = new LinkedHashMap<>();
    List<PlatformReport> platforms =
        List.of(
            new PlatformReport("linux/amd64", "sha256:" + "2b".repeat(32), 9, 181403648),
            new PlatformReport("linux/arm64", "sha256:" + "3c".repeat(32), 9, 179306496));
    reports.put(
        "succeeded",
        image(
            Reason.SUCCEEDED,
            "fetched 'ipfs://" + CID + "'",
            platforms,
            360711168,
            378123264,
            List.of(new SourceReport("trustless-gateway.link", 378123264, 0, 1))));
    reports.put(
        "succeeded-from-store",
        image(
            Reason.SUCCEEDED,
            "'ipfs://" + CID + "' is in the store, verified again",
            platforms,
            360711168,
            0,
            List.of(new SourceReport("trustless-gateway.link", 0, 0, 0))));
    reports.put(
        "succeeded-despite-liar",
        image(
            Reason.SUCCEEDED,
            "fetched 'ipfs://" + CID + "'",
            platforms,
            360711168,
            379171840,
            List.of(
                new SourceReport("liar.example.org", 1048576, 2, 0),
                new SourceReport("trustless-gateway.link:8443", 378123264, 0, 0))));
    reports.put(
        "block-mismatch",
        unresolved(
            Reason.BLOCK_MISMATCH,
            "failed to fetch 'ipfs://" + CID + "': every gateway sent bytes that don't match",
            List.of(
                new SourceReport("liar.example.org", 1048576, 1, 0),
                new SourceReport("10.0.0.7:8080", 262144, 1, 0))));
    reports.put(
        "content-not-found",
        unresolved(
            Reason.CONTENT_NOT_FOUND,
            "failed to find 'ipfs://" + CID + "': every gateway says it is absent",
            List.of(new SourceReport("trustless-gateway.link", 0, 0, 7))));
    reports.put(
        "unexpected-digest",
        image(
            Reason.UNEXPECTED_DIGEST,
            "failed to accept the image: expected digest sha256:"
                + "4d".repeat(32)
                + ", found "
                + INDEX,
            List.of(),
            0,
            4096,
            List.of(new SourceReport("trustless-gateway.link", 4096, 0, 0))));
    reports.put(
        "disk-full",
        image(
            Reason.DISK_FULL,
            "failed to store 360711168 bytes: 1073741824 bytes are free,"
                + " 858993459 of them are kept free",
            platforms,
            360711168,
            8192,
            List.of(new SourceReport("trustless-gateway.link", 8192, 0, 0))));
    reports.put(
        "invalid-usage", unresolved(Reason.INVALID_USAGE, "Unknown option: '--colour'", List.of()));
    reports.put(
        "cancelled",
        unresolved(
            Reason.CANCELLED,
            "stopped by SIGTERM",
            List.of(new SourceReport("trustless-gateway.link", 52428800, 0, 0))));
    reports.put(
        "trimmed",
        image(
            Reason.GATEWAY_ERROR,
            "failed to fetch 'ipfs://" + CID + "': " + "no gateway answered; ".repeat(100),
            platforms,
            360711168,
            0,
            Stream.iterate(0, i -> i + 1)
                .limit(64)
                .map(i -> new SourceReport("gateway-" + i + ".example.org:8443", i, 0, i))
                .toList()));
    return reports.entrySet().stream();
  }

  @ParameterizedTest
  @MethodSource("reports")
  void goldenReportIsWhatTheFetcherWrites(Map.Entry<String, FetchReport> report)
      throws IOException {
    byte[] written = ReportJson.write(report.getValue());

    assertThat(written).hasSizeLessThanOrEqualTo(4096);
    assertGolden(
        "report-" + report.getKey() + ".json", new String(written, StandardCharsets.UTF_8));
  }

  @Test
  void reasonsFileNamesEveryReasonWithItsOutcomeAndExitCode() throws IOException {
    StringBuilder json = new StringBuilder("{");
    for (Reason reason : Reason.values()) {
      json.append(json.length() == 1 ? "\n" : ",\n")
          .append(
              "  \"%s\": {\"outcome\": \"%s\", \"exitCode\": %d, \"retryable\": %s}"
                  .formatted(
                      reason.label(),
                      reason.outcome().label(),
                      reason.outcome().exitCode(),
                      reason.outcome().retryable()));
    }
    assertGolden("reasons.json", json + "\n}");
  }

  private static void assertGolden(String name, String content) throws IOException {
    Path file = DIRECTORY.resolve(name);
    if (Boolean.getBoolean("contract.write")) {
      Files.writeString(file, content + "\n");
    }
    assertThat(Files.readString(file)).isEqualTo(content + "\n");
  }

  private static FetchReport unresolved(Reason reason, String message, List<SourceReport> sources) {
    return new FetchReport(
        reason,
        message,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        0,
        sources.stream().mapToLong(SourceReport::bytes).sum(),
        61.25,
        sources);
  }

  private static FetchReport image(
      Reason reason,
      String message,
      List<PlatformReport> platforms,
      long bytes,
      long fetchedBytes,
      List<SourceReport> sources) {
    return new FetchReport(
        reason,
        message,
        Optional.of(CID),
        Optional.of("OciLayout"),
        Optional.of(INDEX),
        Optional.of(OCI_INDEX),
        platforms,
        bytes,
        fetchedBytes,
        12.345,
        sources);
  }
}
