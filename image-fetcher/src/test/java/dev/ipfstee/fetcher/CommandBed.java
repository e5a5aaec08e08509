package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.fetcher.fetch.ImageFixture;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A DAG, gateways that serve it, and commands with a store and a report in one directory. */
final class CommandBed implements AutoCloseable {
  final TestDag dag = new TestDag();
  final ImageFixture image = new ImageFixture(dag);
  final Path store;
  final Path report;
  private final List<HostileGateway> gateways = new ArrayList<>();

  CommandBed(Path directory) {
    store = directory.resolve("store");
    report = directory.resolve("report.json");
  }

  HostileGateway gateway() {
    HostileGateway gateway = new HostileGateway(dag);
    gateways.add(gateway);
    return gateway;
  }

  /** The options of a fetch for linux/amd64 with this gateway; more may replace some of them. */
  String[] fetch(HostileGateway gateway, String... more) {
    List<String> given = List.of(more);
    List<String> all = new ArrayList<>();
    all.addAll(List.of("fetch", "--store=" + store, "--platform=linux/amd64"));
    all.addAll(List.of("--allow-http", "--private-host=" + gateway.host()));
    all.add("--gateway=" + gateway.url());
    for (String option : List.of("--report=" + report, "--min-free=0")) {
      String name = option.substring(0, option.indexOf('=') + 1);
      if (given.stream().noneMatch(argument -> argument.startsWith(name))) {
        all.add(option);
      }
    }
    all.addAll(given);
    return all.toArray(String[]::new);
  }

  static String[] arguments(List<String> first, String... more) {
    return Stream.concat(first.stream(), Stream.of(more)).toArray(String[]::new);
  }

  /** Checks exit code and report, and returns the report. */
  JsonNode expect(CommandLineRun run, Reason reason) {
    assertThat(run.exitCode()).as(run.err()).isEqualTo(reason.outcome().exitCode());
    JsonNode json = CommandLineRun.report(report);
    assertThat(json.path("reason").asText()).isEqualTo(reason.label());
    assertThat(json.path("outcome").asText()).isEqualTo(reason.outcome().label());
    if (reason != Reason.SUCCEEDED) {
      assertThat(run.err()).contains("error: " + reason.label() + ": ");
    }
    return json;
  }

  @Override
  public void close() {
    gateways.forEach(HostileGateway::close);
  }
}
