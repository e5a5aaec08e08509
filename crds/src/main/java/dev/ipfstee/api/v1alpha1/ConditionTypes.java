package dev.ipfstee.api.v1alpha1;

/**
 * The types of the conditions of both kinds. All are positive (True is good) except {@link
 * #RECONCILING} and {@link #STALLED}, which exist only while they are True, as kstatus wants it,
 * and {@link #PAUSED}, which does so too.
 */
public final class ConditionTypes {
  /** Both kinds: the summary. True: all that the spec asks for is there. Always present. */
  public static final String READY = "Ready";

  /** Both kinds: the operator is at work or will try again by itself. Present only while True. */
  public static final String RECONCILING = "Reconciling";

  /** Both kinds: nothing goes on until somebody changes something. Present only while True. */
  public static final String STALLED = "Stalled";

  /** IpfsImage: the CID was resolved and recognised as an image; its digest is known. */
  public static final String RESOLVED = "Resolved";

  /** IpfsImage: at least one node holds the image with every block and blob checked. */
  public static final String VERIFIED = "Verified";

  /** IpfsImage: every node that carries the registry holds the image. */
  public static final String DISTRIBUTED = "Distributed";

  /** TeeWorkload: every image it refers to is verified, so that its pods can be pinned to it. */
  public static final String IMAGES_READY = "ImagesReady";

  /** TeeWorkload: the profile is known and its RuntimeClass exists. */
  public static final String RUNTIME_READY = "RuntimeReady";

  /** TeeWorkload: some node fits the profile. Told, but never in the way of a Deployment. */
  public static final String NODES_AVAILABLE = "NodesAvailable";

  /** TeeWorkload: the pods run in a trusted execution environment, as the profile says. */
  public static final String CONFIDENTIAL = "Confidential";

  /** TeeWorkload: the Deployment is rolled out and has the replicas it needs. */
  public static final String AVAILABLE = "Available";

  /** TeeWorkload: what runs is frozen, as the spec says. Present only while True. */
  public static final String PAUSED = "Paused";

  private ConditionTypes() {}
}
