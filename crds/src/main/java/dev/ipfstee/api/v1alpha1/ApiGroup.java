package dev.ipfstee.api.v1alpha1;

/** The coordinates of this API. */
public final class ApiGroup {
  public static final String GROUP = "ipfstee.dev";
  public static final String VERSION = "v1alpha1";
  public static final String API_VERSION = GROUP + "/" + VERSION;

  /** The category in which both kinds are: {@code kubectl get ipfstee}. */
  public static final String CATEGORY = "ipfstee";

  private ApiGroup() {}
}
