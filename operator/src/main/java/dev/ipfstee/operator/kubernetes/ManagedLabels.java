package dev.ipfstee.operator.kubernetes;

import dev.ipfstee.api.v1alpha1.ApiLabels;
import java.util.Map;

/** The labels that the operator's own objects carry, and by which it finds them again. */
public final class ManagedLabels {
  /** The application's name, and the field manager of all writes. */
  public static final String OPERATOR = ApiLabels.MANAGED_BY_OPERATOR;

  public static final String COMPONENT_FETCH = "fetch";
  public static final String COMPONENT_REGISTRY = "node-registry";

  /** On fetch Jobs: the hash of everything that the fetch depends on but its node and attempt. */
  public static final String INPUTS = "ipfstee.dev/inputs";

  private ManagedLabels() {}

  /** The labels of all objects of one component. */
  public static Map<String, String> of(String component) {
    return Map.of(
        ApiLabels.NAME, OPERATOR, ApiLabels.COMPONENT, component, ApiLabels.MANAGED_BY, OPERATOR);
  }

  /** A label selector for the objects of these components. */
  public static String selector(String... components) {
    return "%s=%s,%s in (%s)"
        .formatted(ApiLabels.NAME, OPERATOR, ApiLabels.COMPONENT, String.join(",", components));
  }
}
