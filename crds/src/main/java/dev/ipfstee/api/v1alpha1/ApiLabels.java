package dev.ipfstee.api.v1alpha1;

/** Every label key that the operator writes or reads. */
public final class ApiLabels {
  /** On a workload's Deployment and pods, which it selects: the name of the TeeWorkload. */
  public static final String WORKLOAD = "ipfstee.dev/workload";

  /** On fetch Jobs and their pods: the uid of the IpfsImage that they fetch for. */
  public static final String IMAGE_UID = "ipfstee.dev/image-uid";

  /** On fetch Jobs and their pods: the number of the attempt on that node, from 1. */
  public static final String ATTEMPT = "ipfstee.dev/attempt";

  /**
   * On fetch Jobs and their pods: the hash of the {@link ApiAnnotations#RECONCILE_REQUESTED_AT}
   * that they answer; absent without one.
   */
  public static final String REQUEST = "ipfstee.dev/request";

  /** On everything that the operator makes: {@link #MANAGED_BY_OPERATOR}. */
  public static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  public static final String MANAGED_BY_OPERATOR = "ipfs-tee-operator";

  /** Recommended by Kubernetes: the application, {@code ipfs-tee-operator}. */
  public static final String NAME = "app.kubernetes.io/name";

  /** Recommended by Kubernetes: {@code operator}, {@code node-registry} or {@code fetch}. */
  public static final String COMPONENT = "app.kubernetes.io/component";

  private ApiLabels() {}
}
