package dev.ipfstee.operator.ipfsimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.ipfstee.api.v1alpha1.ImageLimits;
import dev.ipfstee.api.v1alpha1.ImageSource;
import dev.ipfstee.api.v1alpha1.ImageVerification.ConfigLint;
import dev.ipfstee.operator.config.ConfigFile;
import dev.ipfstee.operator.config.GatewayUrl;
import dev.ipfstee.operator.config.OperatorConfig;
import dev.ipfstee.operator.credential.Judged.Usable;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FetchJobTest {
  private static final String CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
  private static final String TOKEN = "s3cr3t-t0ken";
  private static final OperatorConfig CONFIG =
      ConfigFile.parse(
          """
          fetcher: {image: "localhost/ipfs-tee/image-fetcher@sha256:%s"}
          gateways: [{url: "https://trustless-gateway.link"}, {url: "http://kubo.ipfs.svc:8080"}]
          """
              .formatted("0".repeat(64)));

  private static FetchTask task(String uri, String... gateways) {
    return task(new ImageSource(uri, null, null), gateways);
  }

  private static FetchTask task(ImageSource source, String... gateways) {
    return requested("", source, gateways);
  }

  private static FetchTask requested(String request, String uri, String... gateways) {
    return requested(request, new ImageSource(uri, null, null), gateways);
  }

  private static FetchTask with(List<Usable> credentials) {
    return task(
        "",
        new ImageSource("ipfs://" + CID, null, null),
        credentials,
        "https://trustless-gateway.link");
  }

  private static FetchTask requested(String request, ImageSource source, String... gateways) {
    return task(request, source, List.of(), gateways);
  }

  private static FetchTask task(
      String request, ImageSource source, List<Usable> credentials, String... gateways) {
    return new FetchTask(
        "wallets/agent",
        "2f0e6a3c-6a7b-4f0e-9d0c-0a1b2c3d4e5f",
        source,
        urls(gateways),
        credentials,
        CONFIG.gatewayUrls(),
        Optional.empty(),
        Optional.empty(),
        List.of("linux/amd64"),
        false,
        ImageLimits.DEFAULT,
        ConfigLint.Enforce,
        CONFIG.fetcher(),
        request);
  }

  private static List<GatewayUrl> urls(String... urls) {
    return List.of(urls).stream().map(GatewayUrl::parse).toList();
  }

  private static Job job(FetchTask task, String node, int attempt) {
    return FetchJob.build(task, "ipfs-tee-nodes", node, attempt);
  }

  @Test
  void theJobIsTheOneThatWasAgreedOn() throws IOException {
    String golden = Files.readString(Path.of("src/test/resources/ipfsimage/fetch-job.yaml"));

    assertThat(job(task("ipfs://" + CID, "https://trustless-gateway.link"), "node1", 1))
        .isEqualTo(Serialization.unmarshal(golden, Job.class));
  }

  @Test
  void theNameTellsNodeAttemptInputsAndRequestApart() {
    FetchTask task = task("ipfs://" + CID, "https://trustless-gateway.link");
    FetchTask other = task("ipfs://" + CID + "/x", "https://trustless-gateway.link");
    FetchTask again = requested("r", "ipfs://" + CID, "https://trustless-gateway.link");

    assertThat(
            List.of(
                job(again, "node1", 1).getMetadata().getName(),
                job(task, "node1", 1).getMetadata().getName(),
                job(task, "node2", 1).getMetadata().getName(),
                job(task, "node1", 2).getMetadata().getName(),
                job(other, "node1", 1).getMetadata().getName()))
        .doesNotHaveDuplicates()
        .allSatisfy(name -> assertThat(name).matches("[a-z0-9]([a-z0-9-]{0,55}[a-z0-9])"));
    assertThat(job(task, "node1", 1)).isEqualTo(job(task, "node1", 1));
  }

  @ParameterizedTest
  @EnumSource
  void aNamedLayoutIsTheOnlyOneThatTheFetcherAccepts(ImageSource.Layout layout) {
    FetchTask task =
        task(new ImageSource("ipfs://" + CID, layout, null), "https://trustless-gateway.link");

    if (layout == ImageSource.Layout.Auto) {
      assertThat(task.arguments()).noneMatch(argument -> argument.startsWith("--layout"));
    } else {
      assertThat(task.arguments()).contains("--layout=" + layout);
    }
  }

  @Test
  void theNameOfOneOfSeveralImagesMakesAnotherFetch() {
    FetchTask one =
        task(new ImageSource("ipfs://" + CID, null, "app:v1"), "https://trustless-gateway.link");
    FetchTask other =
        task(new ImageSource("ipfs://" + CID, null, "app:v2"), "https://trustless-gateway.link");
    FetchTask only = task("ipfs://" + CID, "https://trustless-gateway.link");

    assertThat(one.arguments()).contains("--ref-name=app:v1");
    assertThat(only.arguments()).noneMatch(argument -> argument.startsWith("--ref-name"));
    assertThat(List.of(one.hash(), other.hash(), only.hash())).doesNotHaveDuplicates();
  }

  @Test
  void plainHttpIsAllowedOnlyWhereAGatewayNeedsIt() {
    assertThat(task("ipfs://" + CID, "https://trustless-gateway.link").arguments())
        .doesNotContain("--allow-http");
    assertThat(task("ipfs://" + CID, "http://kubo.ipfs.svc:8080").arguments())
        .contains("--allow-http", "--private-host=kubo.ipfs.svc:8080");
  }

  @ParameterizedTest
  @CsvSource({
    "ipfs://CID, false",
    "https://trustless-gateway.link/ipfs/CID, true",
    "https://CID.ipfs.trustless-gateway.link/, true",
    "http://trustless-gateway.link/ipfs/CID, false",
    "https://evil-trustless-gateway.link/ipfs/CID, false",
    "https://trustless-gateway.link.evil.example/ipfs/CID, false",
    "https://169.254.169.254/ipfs/CID, false"
  })
  void aGatewayInTheReferenceIsDialledOnlyIfItIsListed(String uri, boolean dialled) {
    assertThat(
            task(uri.replace("CID", CID), "https://trustless-gateway.link")
                .arguments()
                .contains("--no-gateway-hint"))
        .isNotEqualTo(dialled);
  }

  @Test
  void whatAGatewayDemandsReachesTheFetchAsFiles() {
    FetchTask task = withCredentials("uid/7");
    Job job = job(task, "node1", 1);
    job.getMetadata().setUid("job-uid");
    Secret secret = FetchCredentials.secret(task, job);

    assertThat(task.arguments())
        .contains(
            "--gateway-token-file=paid.example:443=/run/ipfs-tee/credentials/token-0",
            "--ca-file=paid.example:443=/run/ipfs-tee/credentials/ca-0");
    assertThat(Serialization.asYaml(job.getSpec().getTemplate().getSpec().getVolumes().getLast()))
        .isEqualToIgnoringWhitespace(
            """
            ---
            name: "credentials"
            secret:
              defaultMode: 292
              secretName: "%s"
            """
                .formatted(job.getMetadata().getName()));
    assertThat(job.getSpec().getTemplate().getSpec().getContainers().getFirst().getVolumeMounts())
        .last()
        .satisfies(
            mount -> {
              assertThat(mount.getMountPath()).isEqualTo("/run/ipfs-tee/credentials");
              assertThat(mount.getReadOnly()).isTrue();
            });
    assertThat(secret.getMetadata().getName()).isEqualTo(job.getMetadata().getName());
    assertThat(secret.getMetadata().getNamespace()).isEqualTo("ipfs-tee-nodes");
    assertThat(secret.getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(
            owner -> {
              assertThat(owner.getApiVersion()).isEqualTo("batch/v1");
              assertThat(owner.getKind()).isEqualTo("Job");
              assertThat(owner.getUid()).isEqualTo("job-uid");
            });
    assertThat(secret.getStringData()).containsOnly(entry("token-0", TOKEN), entry("ca-0", "PEM"));
    assertThat(secret.getImmutable()).isTrue();
  }

  @Test
  void aProxyIsGoneThroughExceptToTheGatewaysThatAreNot() {
    String config =
        """
        fetcher:
          image: "localhost/fetcher@sha256:%s"
          proxy: {url: "http://proxy.example:3128", except: ["kubo.ipfs.svc:8080"]}
        gateways: [{url: "https://trustless-gateway.link"}, {url: "http://kubo.ipfs.svc:8080"}]
        """
            .formatted("0".repeat(64));
    FetchTask task = FetchTask.of(new Fixtures().config(config).inputs(), Optional.empty());

    assertThat(task.arguments())
        .contains("--proxy=http://proxy.example:3128", "--no-proxy=kubo.ipfs.svc:8080");
  }

  @Test
  void otherNodesAreAskedBeforeTheGatewaysOnceTheDigestIsKnown() {
    String config =
        """
        fetcher:
          image: "localhost/fetcher@sha256:%s"
          peers: http://node-registry-peers.ipfs-tee-nodes.svc:5051
        gateways: [{url: "https://trustless-gateway.link"}]
        """
            .formatted("0".repeat(64));
    IpfsImageInputs inputs = new Fixtures().config(config).inputs();

    assertThat(FetchTask.of(inputs, Optional.empty()).arguments())
        .noneMatch(argument -> argument.startsWith("--peer"));
    assertThat(FetchTask.of(inputs, Optional.of(Fixtures.IMAGE)).arguments())
        .containsSubsequence(
            "--peer=http://node-registry-peers.ipfs-tee-nodes.svc:5051",
            "--gateway=https://trustless-gateway.link")
        // What peers send is checked by digest, whatever way it came.
        .doesNotContain("--allow-http");
  }

  @Test
  void aJobShowsNothingOfAToken() {
    FetchTask task = withCredentials("uid/7");

    assertThat(Serialization.asYaml(job(task, "node1", 1)) + task)
        .doesNotContain(
            TOKEN, Base64.getEncoder().encodeToString(TOKEN.getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void aChangedSecretMakesAnotherFetchAndItsContentDoesNotShowInTheName() {
    assertThat(withCredentials("uid/7").hash()).isNotEqualTo(withCredentials("uid/8").hash());
    FetchTask task = withCredentials("uid/7");
    List<Usable> others =
        task.credentials().stream()
            .map(file -> new Usable(file.option(), file.file(), "another", file.revision()))
            .toList();
    assertThat(with(others).hash()).isEqualTo(task.hash());
  }

  private static FetchTask withCredentials(String revision) {
    return with(
        List.of(
            new Usable("--gateway-token-file=paid.example:443=", "token-0", TOKEN, revision),
            new Usable("--ca-file=paid.example:443=", "ca-0", "PEM", "ca/1")));
  }

  @Test
  void whatAUserWroteIsNeverAnOption() {
    List<String> arguments = task("--store=/etc", "https://trustless-gateway.link").arguments();

    assertThat(arguments).endsWith("--", "--store=/etc");
  }
}
