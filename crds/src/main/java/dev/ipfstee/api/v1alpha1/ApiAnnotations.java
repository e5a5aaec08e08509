package dev.ipfstee.api.v1alpha1;

/** Every annotation key that the operator writes or reads. */
public final class ApiAnnotations {
  /** On fetch Jobs: {@code NAMESPACE/NAME} of the IpfsImage that they fetch for. */
  public static final String IMAGE = "ipfstee.dev/image";

  /** On fetch Jobs: the node whose store they fill. */
  public static final String NODE = "ipfstee.dev/node";

  /**
   * On an IpfsImage, written by people: a value that it didn't have before has the image tried
   * again at once. The time is a good one.
   */
  public static final String RECONCILE_REQUESTED_AT = "ipfstee.dev/reconcile-requested-at";

  /**
   * On an IpfsImage that the operator made for a TeeWorkload: the reference as the workload's
   * author wrote it.
   */
  public static final String REFERENCE = "ipfstee.dev/reference";

  /**
   * On the pods of a TeeWorkload: this prefix and the container's name as key, the image reference
   * that the container is pinned to as value. An application can read it by the downward API.
   */
  public static final String CONTAINER_IMAGE_PREFIX = "image.ipfstee.dev/";

  /**
   * On pods of Kata profiles: the runtime handler for which containerd pulls the image. Read by
   * containerd, not by the kubelet.
   */
  public static final String CONTAINERD_RUNTIME_HANDLER = "io.containerd.cri.runtime-handler";

  private ApiAnnotations() {}

  /** The key under which the pinned reference of {@code container} is found on a pod. */
  public static String containerImage(String container) {
    return CONTAINER_IMAGE_PREFIX + container;
  }
}
