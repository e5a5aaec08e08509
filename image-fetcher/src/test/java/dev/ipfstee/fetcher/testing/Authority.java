package dev.ipfstee.fetcher.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A key and a certificate that nobody knows who isn't told.
 *
 * @param keyStore for the server
 * @param certificate in PEM, for its clients
 */
public record Authority(Path keyStore, String password, Path certificate) {

  /**
   * Makes them with the JDK's keytool.
   *
   * @param names as keytool writes them: {@code dns:NAME} or {@code ip:ADDRESS}
   */
  public static Authority of(Path directory, String... names) throws Exception {
    Authority authority =
        new Authority(directory.resolve("store.p12"), "password", directory.resolve("ca.pem"));
    authority.keytool(
        "-genkeypair",
        "-keyalg",
        "EC",
        "-dname",
        "CN=test",
        "-ext",
        "san=" + String.join(",", names));
    authority.keytool("-exportcert", "-rfc", "-file", authority.certificate.toString());
    return authority;
  }

  private void keytool(String... arguments) throws Exception {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    line.addAll(List.of(arguments));
    line.addAll(List.of("-keystore", keyStore.toString(), "-storepass", password, "-alias", "a"));
    assertThat(
            new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor())
        .isZero();
  }
}
