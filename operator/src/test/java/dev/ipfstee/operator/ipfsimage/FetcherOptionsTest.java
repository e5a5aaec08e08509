package dev.ipfstee.operator.ipfsimage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FetcherOptionsTest {

  @ParameterizedTest
  @CsvSource({
    "raise --max-bytes or choose fewer platforms, raise spec.limits.maxBytes or choose fewer"
        + " platforms",
    "raise --timeout or add a gateway, raise spec.limits.timeout or add a gateway",
    "--stall-timeout, spec.limits.stallTimeout",
    "or accept it with --config-lint warn, or accept it with spec.verification.config: Warn",
    "'lower --min-free', 'lower the chart''s fetcher.minFree'",
    "'check its token (--gateway-token-file)', 'check its token (spec.gateways[].tokenSecretRef, or"
        + " the chart''s gateways[].tokenSecretName)'",
    "nothing of the kind, nothing of the kind",
  })
  void saysWhatAnOptionIsInTheCluster(String fetcher, String operator) {
    assertThat(FetcherOptions.inTheApi(fetcher)).isEqualTo(operator);
  }
}
