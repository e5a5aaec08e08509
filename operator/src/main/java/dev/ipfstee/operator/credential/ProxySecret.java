package dev.ipfstee.operator.credential;

import dev.ipfstee.api.v1alpha1.Reason;
import java.util.regex.Pattern;

/** Judges the Secret of a proxy's login, which only the administrator can name. */
record ProxySecret(String url) implements Credentials.Judge {
  private static final String TYPE = "kubernetes.io/basic-auth";
  private static final String USER = "username";
  private static final String PASSWORD = "password";

  /** What basic authentication can carry (RFC 7617, section 2); the image fetcher's rule too. */
  private static final Pattern LOGIN = Pattern.compile("[^:\\p{Cntrl}]+:[^\\p{Cntrl}]+");

  private static final int MAX_LENGTH = 4096;

  @Override
  public String receiver() {
    return "proxy '%s'".formatted(url);
  }

  @Override
  public String demands() {
    return "with type %s and the keys %s and %s".formatted(TYPE, USER, PASSWORD);
  }

  @Override
  public Judged judge(SecretView.Found secret, Credentials.Refusal refusal) {
    return refusal
        .unlessOfType(secret, TYPE)
        .or(
            () ->
                refusal.unlessThere(
                    key -> secret.utf8(key).filter(text -> !text.isEmpty()).isPresent(),
                    USER,
                    PASSWORD))
        .orElseGet(() -> login(secret, refusal));
  }

  private Judged login(SecretView.Found secret, Credentials.Refusal refusal) {
    String user = secret.utf8(USER).orElseThrow();
    String login = user + ":" + secret.utf8(PASSWORD).orElseThrow();
    if (login.length() > MAX_LENGTH || user.contains(":") || !LOGIN.matcher(login).matches()) {
      return refusal.because(
          Reason.PROXY_CREDENTIALS_MALFORMED,
          "expected a %s without a colon, no control characters such as line breaks, and %d characters at most"
              .formatted(USER, MAX_LENGTH));
    }
    return new Judged.Usable("--proxy-credentials-file=", "proxy", login, secret.revision());
  }
}
