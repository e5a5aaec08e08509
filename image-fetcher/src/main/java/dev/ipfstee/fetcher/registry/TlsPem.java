package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.X509KeyManager;

/**
 * A certificate and its key as text. No method shows anything of the key.
 *
 * @param certificate PEM
 * @param key PEM
 */
record TlsPem(String certificate, String key) {

  /**
   * The pair, when it is one.
   *
   * @throws FetchException {@link Reason#INVALID_USAGE} for what isn't PEM, and for a key that
   *     isn't the certificate's
   */
  TlsKey.Pair check(Vertx vertx, TlsFiles origin) {
    PemKeyCertOptions options =
        new PemKeyCertOptions()
            .setCertValue(Buffer.buffer(certificate))
            .setKeyValue(Buffer.buffer(key));
    try {
      X509KeyManager keys =
          (X509KeyManager) options.getKeyManagerFactory(vertx).getKeyManagers()[0];
      String alias =
          Stream.of("EC", "RSA")
              .flatMap(type -> Stream.ofNullable(keys.getServerAliases(type, null)))
              .flatMap(Stream::of)
              .findFirst()
              .orElseThrow(() -> unusable(origin, "expected an EC or RSA key"));
      TlsKey.Pair pair =
          new TlsKey.Pair(List.of(keys.getCertificateChain(alias)), keys.getPrivateKey(alias));
      X509Certificate own = pair.chain().getFirst();
      if (!isPair(own, pair.key())) {
        throw unusable(
            origin,
            "the key isn't that of the certificate for "
                + Printable.escape(own.getSubjectX500Principal().getName(), 200));
      }
      return pair;
    } catch (FetchException refused) {
      throw refused;
    } catch (Exception malformed) {
      // Parsers may quote what they read, which may be the key.
      throw unusable(
          origin,
          "expected a certificate and an EC or RSA key without a password, both in PEM ("
              + malformed.getClass().getSimpleName()
              + ")");
    }
  }

  private static boolean isPair(X509Certificate certificate, PrivateKey key)
      throws GeneralSecurityException {
    Optional<String> algorithm =
        switch (key.getAlgorithm()) {
          case "EC" -> Optional.of("SHA256withECDSA");
          case "RSA" -> Optional.of("SHA256withRSA");
          default -> Optional.empty();
        };
    if (algorithm.isEmpty()
        || !certificate.getPublicKey().getAlgorithm().equals(key.getAlgorithm())) {
      return false;
    }
    byte[] anything = {1};
    Signature signature = Signature.getInstance(algorithm.get());
    signature.initSign(key);
    signature.update(anything);
    byte[] signed = signature.sign();
    signature.initVerify(certificate.getPublicKey());
    signature.update(anything);
    return signature.verify(signed);
  }

  private static FetchException unusable(TlsFiles origin, String cause) {
    return new FetchException(
        Reason.INVALID_USAGE,
        "failed to use '"
            + origin.certificate()
            + "' with '"
            + origin.key()
            + "' for TLS: "
            + cause);
  }

  @Override
  public String toString() {
    return "a certificate and its key";
  }
}
