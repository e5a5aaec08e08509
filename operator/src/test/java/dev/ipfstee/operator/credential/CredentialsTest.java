package dev.ipfstee.operator.credential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.Gateway;
import dev.ipfstee.api.v1alpha1.ImageSource;
import dev.ipfstee.api.v1alpha1.IpfsImageSpec;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.SecretReference;
import dev.ipfstee.operator.config.ConfigFile;
import dev.ipfstee.operator.config.OperatorConfig;
import dev.ipfstee.operator.credential.Judged.Problem;
import dev.ipfstee.operator.credential.Judged.Usable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which Secrets a fetch gets, and what is said of those that it can't have. */
class CredentialsTest {
  private static final String TOKEN = "s3cr3t-t0ken";
  private static final String TYPE = "ipfstee.dev/token";
  private static final OperatorConfig CONFIG =
      ConfigFile.parse(
          """
          fetcher:
            image: "localhost/fetcher@sha256:%s"
            proxy: {url: "http://proxy.example:3128", credentialsSecretName: egress}
          gateways:
            - {url: "https://paid.example", tokenSecretName: paid, caSecretName: paid-ca}
            - {url: "https://free.example:8443"}
          """
              .formatted("0".repeat(64)));
  private static final SecretName OWN = new SecretName("wallets", "gw");

  private final Map<SecretName, SecretView> secrets = new HashMap<>();

  @Test
  void theAdministratorsGatewaysBringTheirOwnSecrets() throws IOException {
    secrets.put(system("paid"), token("paid.example", TOKEN));
    secrets.put(system("paid-ca"), found("kubernetes.io/tls", Map.of("ca.crt", pem())));

    assertThat(credentials().problems()).isEmpty();
    assertThat(credentials().usable())
        .containsExactly(
            new Usable("--gateway-token-file=paid.example:443=", "token-0", TOKEN, "uid/7"),
            new Usable("--ca-file=paid.example:443=", "ca-0", pem(), "uid/7"));
  }

  @Test
  void anImagesOwnSecretWinsOverTheAdministrators() {
    secrets.put(system("paid"), token("paid.example", "of-the-administrator"));
    secrets.put(OWN, token("paid.example", TOKEN));

    assertThat(credentials(own("https://free.example:8443"), own("https://paid.example/")).judged())
        .last()
        .isEqualTo(new Usable("--gateway-token-file=paid.example:443=", "token-1", TOKEN, "uid/7"));
    assertThat(credentials(plain("https://paid.example")).usable())
        .extracting(Usable::content)
        .containsExactly("of-the-administrator");
  }

  @Test
  void nothingIsReadForAGatewayThatIsNotListed() {
    assertThat(choices(own("https://elsewhere.example"), own("no url"))).isEmpty();
    assertThat(GatewayChoice.secrets(choices(own("https://free.example:8443"))))
        .containsExactly(OWN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"free.example:8443", "FREE.example:8443", " free.example:8443\n"})
  void theHostIsComparedAsHostsAre(String host) {
    secrets.put(OWN, token(host, TOKEN));

    assertThat(credentials(own("https://free.example:8443")).problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "free.example",
        "free.example:443",
        "evil.example:8443",
        "free.example:8443@evil.example",
        "https://free.example:8443",
        "*",
        TOKEN
      })
  void aTokenForAnotherHostIsNotSent(String host) {
    secrets.put(OWN, token(host, TOKEN));

    assertThat(problem())
        .isEqualTo(
            new Problem(
                Reason.TOKEN_HOST_MISMATCH,
                "failed to use Secret 'wallets/gw' for gateway 'https://free.example:8443': its key"
                    + " 'host' isn't 'free.example:8443', so the token is meant for another gateway"
                    + " and isn't sent to this one"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Opaque", "", "ipfstee.dev/Token", "kubernetes.io/dockerconfigjson"})
  void aSecretThatWasNotMadeForThisIsNotUsed(String type) {
    secrets.put(OWN, found(type, Map.of("host", "free.example:8443", "token", TOKEN)));

    assertThat(problem().reason()).isEqualTo(Reason.SECRET_TYPE_MISMATCH);
    assertThat(problem().message())
        .endsWith(
            "its type is '%s', expected 'ipfstee.dev/token': a Secret's type can't be changed, make another"
                .formatted(type));
  }

  @ParameterizedTest
  @CsvSource({"host, token", "token, host", "HOST, host' and 'token"})
  void aKeyThatIsNotThereIsNamed(String only, String missing) {
    secrets.put(OWN, found(TYPE, Map.of(only, "free.example:8443", "empty", "")));

    assertThat(problem().reason()).isEqualTo(Reason.SECRET_KEY_MISSING);
    assertThat(problem().message()).contains("it lacks the key '" + missing + "', or has");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"s3cr3t t0ken", "s3cr3t\r\nX-Evil: 1", "s3cr3t\0", "s3cr3t-tøken", "s3cr3t\u007f"})
  void aTokenThatIsNoHeaderValueIsRefusedAndNotShown(String token) {
    secrets.put(OWN, token("free.example:8443", token));

    assertThat(problem().reason()).isEqualTo(Reason.TOKEN_MALFORMED);
    assertThat(problem().message())
        .endsWith("expected 1 to 16384 visible ASCII characters")
        .doesNotContain("s3cr3t");
  }

  @Test
  void aTokenMayBeLongButNotWithoutBounds() {
    secrets.put(OWN, token("free.example:8443", "a".repeat(16384) + "\n"));
    assertThat(credentials(own("https://free.example:8443")).usable()).hasSize(1);

    secrets.put(OWN, token("free.example:8443", "a".repeat(16385)));
    assertThat(problem().reason()).isEqualTo(Reason.TOKEN_MALFORMED);
  }

  @Test
  void aMissingSecretIsTriedAgainAndToldHowToMake() {
    secrets.put(OWN, new SecretView.Missing());

    assertThat(problem())
        .isEqualTo(
            new Problem(
                Reason.SECRET_NOT_FOUND,
                "failed to use Secret 'wallets/gw' for gateway 'https://free.example:8443': it"
                    + " doesn't exist: create it with type ipfstee.dev/token and the keys host"
                    + " (free.example:8443) and token; it is looked for again"));
    assertThat(Reason.SECRET_NOT_FOUND.terminal()).isFalse();
  }

  @Test
  void aSecretThatMayNotBeReadIsTheAdministratorsToAllow() {
    secrets.put(OWN, new SecretView.Forbidden());

    assertThat(problem().reason()).isEqualTo(Reason.SECRET_FORBIDDEN);
    assertThat(problem().message()).endsWith("gatewaySecrets.namespaces, with 'wallets' in it");
  }

  @Test
  void nothingButCertificatesIsTakenFromAFileOfAuthorities() throws IOException {
    String key = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----\n";
    secrets.put(OWN, ca("# our own\n" + pem() + key + pem()));

    assertThat(credentials(ownCa()).usable())
        .containsExactly(
            new Usable("--ca-file=free.example:8443=", "ca-0", pem() + pem(), "uid/7"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nothing",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----",
        "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----"
      })
  void authoritiesThatCannotBeReadAreRefused(String text) {
    secrets.put(OWN, ca(text));

    assertThat(credentials(ownCa()).problems())
        .containsExactly(
            new Problem(
                Reason.CA_MALFORMED,
                "failed to use Secret 'wallets/gw' for gateway 'https://free.example:8443': its key"
                    + " 'ca.crt' isn't one or more certificates in PEM, of 32768 bytes at most"));
  }

  @Test
  void authoritiesAreBounded() throws IOException {
    secrets.put(OWN, ca(pem() + " ".repeat(32 << 10)));
    assertThat(credentials(ownCa()).problems().getFirst().reason()).isEqualTo(Reason.CA_MALFORMED);

    secrets.put(OWN, ca(" "));
    assertThat(credentials(ownCa()).problems().getFirst().reason())
        .isEqualTo(Reason.SECRET_KEY_MISSING);
  }

  @Test
  void theProxysLoginIsAFileToo() {
    secrets.put(system("egress"), login("me", "pä:ss"));

    assertThat(credentials().usable())
        .containsExactly(new Usable("--proxy-credentials-file=", "proxy", "me:pä:ss", "uid/7"));
  }

  @ParameterizedTest
  @CsvSource({"us:er, secret", "'us\n', secret", "user1, 'sec\nret'"})
  void aLoginThatCannotBeSentIsRefusedAndNotShown(String user, String password) {
    secrets.put(system("egress"), login(user, password));

    assertThat(credentials().problems())
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.reason()).isEqualTo(Reason.PROXY_CREDENTIALS_MALFORMED);
              assertThat(problem.message())
                  .startsWith(
                      "failed to use Secret 'ipfs-tee-system/egress' for proxy"
                          + " 'http://proxy.example:3128': expected a username")
                  .doesNotContain(password, user);
            });
  }

  @Test
  void aProxysSecretIsOfTheTypeThatKubernetesHasForIt() {
    secrets.put(system("egress"), found("Opaque", Map.of("username", "me", "password", "x")));
    assertThat(credentials().problems().getFirst().reason()).isEqualTo(Reason.SECRET_TYPE_MISMATCH);

    secrets.put(system("egress"), login("me", ""));
    assertThat(credentials().problems().getFirst().reason()).isEqualTo(Reason.SECRET_KEY_MISSING);
  }

  private static SecretView login(String user, String password) {
    return found("kubernetes.io/basic-auth", Map.of("username", user, "password", password));
  }

  @Test
  void showsTheContentOfNoSecret() {
    secrets.put(OWN, token("free.example:8443", TOKEN));
    String base64 = Base64.getEncoder().encodeToString(TOKEN.getBytes(StandardCharsets.US_ASCII));

    assertThat(secrets + " " + credentials(own("https://free.example:8443")))
        .contains("token-0", "uid/7")
        .doesNotContain(TOKEN, base64);
  }

  private Problem problem() {
    List<Problem> problems = credentials(own("https://free.example:8443")).problems();
    assertThat(problems).hasSize(1);
    return problems.getFirst();
  }

  private Credentials credentials(Gateway... gateways) {
    return Credentials.of(choices(gateways), ProxyChoice.of(CONFIG), secrets);
  }

  private static List<GatewayChoice> choices(Gateway... gateways) {
    IpfsImageSpec spec =
        new IpfsImageSpec(
            new ImageSource("ipfs://bafy", null, null),
            Arrays.asList(gateways),
            null,
            null,
            null,
            null,
            null);
    return GatewayChoice.of(spec, "wallets", CONFIG);
  }

  private static Gateway own(String url) {
    return new Gateway(url, new SecretReference("gw"), null);
  }

  private static Gateway ownCa() {
    return new Gateway("https://free.example:8443", null, new SecretReference("gw"));
  }

  private static Gateway plain(String url) {
    return new Gateway(url, null, null);
  }

  private static SecretName system(String name) {
    return new SecretName("ipfs-tee-system", name);
  }

  private static SecretView token(String host, String token) {
    return found(TYPE, Map.of("host", host, "token", token));
  }

  private static SecretView ca(String text) {
    return found("Opaque", Map.of("ca.crt", text));
  }

  private static SecretView found(String type, Map<String, String> texts) {
    Map<String, String> data = new HashMap<>();
    texts.forEach(
        (key, text) ->
            data.put(
                key, Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8))));
    return new SecretView.Found(type, "uid/7", data);
  }

  private static String pem() throws IOException {
    return Files.readString(Path.of("src/test/resources/credential/ca.pem"));
  }
}
