package dev.ipfstee.operator.credential;

import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.SecretTypes;
import dev.ipfstee.operator.config.GatewayUrl;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Judges the Secret of a token. Its type says that it was made for this operator, and its host to
 * whom the token may be sent: so nobody has another's Secret sent to a host of his choice.
 *
 * @param file what the token's file is to be called
 */
record TokenSecret(GatewayUrl gateway, String file) implements Credentials.Judge {
  private static final int MAX_LENGTH = 16 << 10;
  private static final int MAX_HOST = 512;

  /** What an Authorization header can hold; the image fetcher's rule too. */
  private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{1,%d}".formatted(MAX_LENGTH));

  @Override
  public String receiver() {
    return "gateway '%s'".formatted(gateway);
  }

  @Override
  public String demands() {
    return "with type %s and the keys %s (%s) and %s"
        .formatted(
            SecretTypes.TOKEN_TYPE, SecretTypes.HOST, gateway.authority(), SecretTypes.TOKEN);
  }

  @Override
  public Judged judge(SecretView.Found secret, Credentials.Refusal refusal) {
    return refusal
        .unlessOfType(secret, SecretTypes.TOKEN_TYPE)
        .or(() -> refusal.unlessThere(secret::hasText, SecretTypes.HOST, SecretTypes.TOKEN))
        .orElseGet(() -> token(secret, refusal));
  }

  private Judged token(SecretView.Found secret, Credentials.Refusal refusal) {
    if (!secret.text(SecretTypes.HOST).flatMap(TokenSecret::https).equals(Optional.of(gateway))) {
      return refusal.because(
          Reason.TOKEN_HOST_MISMATCH,
          "its key '%s' isn't '%s', so the token is meant for another gateway and isn't sent to this one"
              .formatted(SecretTypes.HOST, gateway.authority()));
    }
    String token = secret.text(SecretTypes.TOKEN).orElseThrow().strip();
    if (!TOKEN.matcher(token).matches()) {
      return refusal.because(
          Reason.TOKEN_MALFORMED,
          "its key '%s' can't be sent in a header: expected 1 to %d visible ASCII characters"
              .formatted(SecretTypes.TOKEN, MAX_LENGTH));
    }
    // With its port, so that a gateway of that name on port 80 is another one.
    String option = "--gateway-token-file=%s=".formatted(gateway.endpoint());
    return new Judged.Usable(option, file, token, secret.revision());
  }

  private static Optional<GatewayUrl> https(String host) {
    String name = host.strip();
    try {
      return name.length() > MAX_HOST
          ? Optional.empty()
          : Optional.of(GatewayUrl.parse("https://" + name));
    } catch (IllegalArgumentException notAHost) {
      return Optional.empty();
    }
  }
}
