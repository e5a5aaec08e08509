package dev.ipfstee.api.v1alpha1;

/** The types of the Secrets that the operator reads or writes, and the keys in them. */
public final class SecretTypes {
  /**
   * A bearer token for one gateway: {@link #HOST} and {@link #TOKEN}. The type says that whoever
   * made the Secret meant it for this operator, and the host says for which gateway.
   */
  public static final String TOKEN_TYPE = "ipfstee.dev/token";

  /** {@code HOST[:PORT]} of the only gateway that gets the token; no port means 443. */
  public static final String HOST = "host";

  /** The token: 1 to 16384 visible ASCII characters, white space around it aside. */
  public static final String TOKEN = "token";

  /** In a Secret of any type: certificates in PEM, at most 32 KiB, as cert-manager writes them. */
  public static final String CA = "ca.crt";

  /** The operator's own: what one fetch Job needs, in the namespace of the node programs. */
  public static final String FETCH_TYPE = "ipfstee.dev/fetch-credentials";

  private SecretTypes() {}
}
