package dev.ipfstee.operator.kubernetes;

import java.util.Map;

/** The labels and annotations that the operator writes, and those it finds its own objects by. */
public final class ManagedLabels {
  public static final String NAME = "app.kubernetes.io/name";
  public static final String COMPONENT = "app.kubernetes.io/component";
  public static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  /** The value of {@link #NAME} and {@link #MANAGED_BY}, and the field manager of all writes. */
  public static final String OPERATOR = "ipfs-tee-operator";

  public static final String COMPONENT_FETCH = "fetch";
  public static final String COMPONENT_REGISTRY = "node-registry";

  /** On pods of a TeeWorkload: its name. */
  public static final String WORKLOAD = "ipfstee.dev/workload";
  /** On fetch Jobs and pods: the UID of the IpfsImage. */
  public static final String IMAGE_UID = "ipfstee.dev/image-uid";
  /** On fetch Jobs and pods: the number of the attempt, from 1. */
  public static final String ATTEMPT = "ipfstee.dev/attempt";
  /** On fetch Jobs and pods: the hash of everything that the fetch depends on but its node. */
  public static final String INPUTS = "ipfstee.dev/inputs";
  /** Annotation on fetch Jobs and pods: {@code namespace/name} of the IpfsImage. */
  public static final String IMAGE = "ipfstee.dev/image";
  /** Annotation on fetch Jobs and pods: the node that they are for. */
  public static final String NODE = "ipfstee.dev/node";
  /** Prefix of the annotation on workload pods that names what a container runs from. */
  public static final String IMAGE_REFERENCE_PREFIX = "image.ipfstee.dev/";

  private ManagedLabels() {}

  /** The labels of all objects of one component. */
  public static Map<String, String> of(String component) {
    return Map.of(NAME, OPERATOR, COMPONENT, component, MANAGED_BY, OPERATOR);
  }

  /** A label selector for the objects of these components. */
  public static String selector(String... components) {
    return NAME + "=" + OPERATOR + "," + COMPONENT + " in (" + String.join(",", components) + ")";
  }
}
