package dev.ipfstee.operator.credential;

import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.SecretTypes;
import dev.ipfstee.operator.config.GatewayUrl;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Judges the Secret of a gateway's authorities. It may have any type, since cert-manager and others
 * keep a {@code ca.crt} beside a private key; so nothing but the certificates is taken from it.
 *
 * @param file what their file is to be called
 */
record CaSecret(GatewayUrl gateway, String file) implements Credentials.Judge {
  /** So that the copies for all gateways of a fetch fit into one Secret of 1 MiB. */
  private static final int MAX_LENGTH = 32 << 10;

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\\s]*)-----END CERTIFICATE-----");

  @Override
  public String receiver() {
    return "gateway '%s'".formatted(gateway);
  }

  @Override
  public String demands() {
    return "with the key %s (certificates in PEM)".formatted(SecretTypes.CA);
  }

  @Override
  public Judged judge(SecretView.Found secret, Credentials.Refusal refusal) {
    return refusal
        .unlessThere(secret::hasText, SecretTypes.CA)
        .orElseGet(() -> authorities(secret, refusal));
  }

  private Judged authorities(SecretView.Found secret, Credentials.Refusal refusal) {
    Optional<String> certificates =
        secret
            .text(SecretTypes.CA)
            .filter(text -> text.length() <= MAX_LENGTH)
            .flatMap(CaSecret::certificates);
    if (certificates.isEmpty()) {
      return refusal.because(
          Reason.CA_MALFORMED,
          "its key '%s' isn't one or more certificates in PEM, of %d bytes at most"
              .formatted(SecretTypes.CA, MAX_LENGTH));
    }
    String option = "--ca-file=%s=".formatted(gateway.endpoint());
    return new Judged.Usable(option, file, certificates.get(), secret.revision());
  }

  /** All certificates, written anew; empty when one can't be read, or there is none. */
  private static Optional<String> certificates(String pem) {
    StringBuilder certificates = new StringBuilder();
    Matcher block = BLOCK.matcher(pem);
    Base64.Encoder lines = Base64.getMimeEncoder(64, new byte[] {'\n'});
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      while (block.find()) {
        byte[] der = Base64.getMimeDecoder().decode(block.group(1));
        Certificate certificate = factory.generateCertificate(new ByteArrayInputStream(der));
        certificates
            .append("-----BEGIN CERTIFICATE-----\n")
            .append(new String(lines.encode(certificate.getEncoded()), StandardCharsets.US_ASCII))
            .append("\n-----END CERTIFICATE-----\n");
      }
    } catch (CertificateException | IllegalArgumentException e) {
      return Optional.empty();
    }
    return Optional.of(certificates.toString()).filter(text -> !text.isEmpty());
  }
}
