package dev.ipfstee.api.v1alpha1;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Why a condition is as it is. The {@link #label()} is the same word in conditions, events,
 * metrics, the report of the image fetcher, and as an anchor of the troubleshooting page.
 */
public enum Reason {
  // All is well.
  SUCCEEDED("Succeeded", Next.NOTHING, "Everything asked for is done."),
  RESOLVED("Resolved", Next.NOTHING, "The CID names an image and its digest is known."),
  VERIFIED("Verified", Next.NOTHING, "Every block and blob of the image was checked."),
  DISTRIBUTED("Distributed", Next.NOTHING, "Every node with the registry holds the image."),
  IMAGES_VERIFIED("ImagesVerified", Next.NOTHING, "Every image of the workload is verified."),
  RUNTIME_CLASS_FOUND("RuntimeClassFound", Next.NOTHING, "The RuntimeClass of the profile exists."),
  RUNTIME_CLASS_NOT_NEEDED(
      "RuntimeClassNotNeeded", Next.NOTHING, "The profile runs pods with the node's own runtime."),
  MATCHING_NODES("MatchingNodes", Next.NOTHING, "Some node fits the profile."),
  POD_VM("PodVM", Next.NOTHING, "Each pod is a confidential virtual machine of its own."),
  NODE_VM("NodeVM", Next.NOTHING, "The pods' nodes are confidential virtual machines."),
  MINIMUM_REPLICAS_AVAILABLE(
      "MinimumReplicasAvailable", Next.NOTHING, "The Deployment has the replicas it needs."),

  // What the image fetcher reports.
  INVALID_USAGE("InvalidUsage", Next.USER_ACTS, "The image fetcher refused its options."),
  INVALID_REFERENCE(
      "InvalidReference", Next.USER_ACTS, "The reference is no content-addressed reference."),
  INVALID_CID("InvalidCid", Next.USER_ACTS, "The reference holds no valid CID."),
  UNSUPPORTED_HASH("UnsupportedHash", Next.USER_ACTS, "The CID uses a hash that isn't accepted."),
  UNSUPPORTED_CODEC("UnsupportedCodec", Next.USER_ACTS, "The CID names data that is no UnixFS."),
  MUTABLE_NAME("MutableName", Next.USER_ACTS, "The reference is a name whose content can change."),
  CONTENT_NOT_FOUND("ContentNotFound", Next.RETRIED, "Every gateway says that it lacks the CID."),
  GATEWAY_TIMEOUT("GatewayTimeout", Next.RETRIED, "The gateways didn't deliver in time."),
  RATE_LIMITED("RateLimited", Next.RETRIED, "The gateways ask to be left alone for a while."),
  GATEWAY_ERROR("GatewayError", Next.RETRIED, "The gateways answer with errors."),
  REDIRECT_REFUSED("RedirectRefused", Next.RETRIED, "A gateway redirects to where we don't go."),
  ADDRESS_REFUSED("AddressRefused", Next.RETRIED, "A gateway's address is not one we dial."),
  BLOCK_MISMATCH("BlockMismatch", Next.REARMED, "Blocks came that aren't what their CID promises."),
  MALFORMED_CAR("MalformedCar", Next.REARMED, "A gateway's CAR can't be read."),
  DIGEST_MISMATCH(
      "DigestMismatch", Next.USER_ACTS, "A blob of the image isn't what its digest promises."),
  SIZE_MISMATCH("SizeMismatch", Next.USER_ACTS, "A blob of the image hasn't its declared size."),
  MALFORMED_DAG("MalformedDag", Next.USER_ACTS, "The published blocks don't form UnixFS content."),
  MALFORMED_ARCHIVE("MalformedArchive", Next.USER_ACTS, "The image's archive can't be read."),
  MALFORMED_MANIFEST(
      "MalformedManifest", Next.USER_ACTS, "A manifest, index or config is malformed."),
  LAYOUT_UNRECOGNIZED(
      "LayoutUnrecognized", Next.USER_ACTS, "The content is in no image layout that is known."),
  LAYOUT_AMBIGUOUS("LayoutAmbiguous", Next.USER_ACTS, "The content holds more than one candidate."),
  PLATFORM_MISSING("PlatformMissing", Next.USER_ACTS, "The image lacks a platform asked for."),
  REF_NAME_MISSING("RefNameMissing", Next.USER_ACTS, "No image there has the name asked for."),
  PATH_NOT_FOUND("PathNotFound", Next.USER_ACTS, "The path doesn't exist under the CID."),
  BLOB_MISSING("BlobMissing", Next.USER_ACTS, "The published layout lacks a blob of the image."),
  MEDIA_TYPE_REJECTED("MediaTypeRejected", Next.USER_ACTS, "The image uses a type not accepted."),
  FOREIGN_URLS("ForeignUrls", Next.USER_ACTS, "The image refers to layers on other hosts."),
  CONFIG_LINT("ConfigLint", Next.USER_ACTS, "The image's configuration is refused by the lint."),
  UNEXPECTED_DIGEST("UnexpectedDigest", Next.USER_ACTS, "The image isn't the one expected."),
  IMAGE_TOO_LARGE("ImageTooLarge", Next.USER_ACTS, "The image is larger than maxBytes."),
  TOO_MANY_LAYERS("TooManyLayers", Next.USER_ACTS, "The image has more layers than maxLayers."),
  MANIFEST_TOO_LARGE("ManifestTooLarge", Next.USER_ACTS, "A manifest or index is over 4 MiB."),
  TOO_MANY_DESCRIPTORS("TooManyDescriptors", Next.USER_ACTS, "An index names too many images."),
  INDEX_TOO_DEEP("IndexTooDeep", Next.USER_ACTS, "The image's indexes are nested too deeply."),
  DAG_TOO_DEEP("DagTooDeep", Next.USER_ACTS, "The content's blocks are nested too deeply."),
  DAG_TOO_LARGE("DagTooLarge", Next.USER_ACTS, "The content has too many blocks."),
  BLOCK_TOO_LARGE("BlockTooLarge", Next.USER_ACTS, "A block of the content is over 2 MiB."),
  DISK_FULL("DiskFull", Next.RETRIED, "The node's store has too little room."),
  STORE_CORRUPT("StoreCorrupt", Next.RETRIED, "The node's store is damaged."),
  STORE_LOCKED("StoreLocked", Next.RETRIED, "The node's store is in use by another fetch."),
  IO_ERROR("IoError", Next.RETRIED, "The node's store can't be read or written."),
  INTERNAL_ERROR("InternalError", Next.RETRIED, "A defect of ours."),
  CANCELLED("Cancelled", Next.RETRIED, "The fetch was stopped from outside."),

  // What the operator finds about an IpfsImage and its fetch Jobs.
  GATEWAY_NOT_ALLOWED(
      "GatewayNotAllowed", Next.USER_ACTS, "A gateway isn't in the administrator's list."),
  SECRET_NOT_FOUND("SecretNotFound", Next.RETRIED, "A Secret that a gateway needs doesn't exist."),
  SECRET_FORBIDDEN(
      "SecretForbidden",
      Next.USER_ACTS,
      "The operator may not read a Secret that a gateway needs."),
  SECRET_TYPE_MISMATCH(
      "SecretTypeMismatch", Next.USER_ACTS, "A gateway's Secret isn't of the type it must be."),
  SECRET_KEY_MISSING(
      "SecretKeyMissing", Next.USER_ACTS, "A gateway's Secret lacks a key that it must have."),
  TOKEN_HOST_MISMATCH(
      "TokenHostMismatch", Next.USER_ACTS, "A token is meant for another host than its gateway."),
  TOKEN_MALFORMED("TokenMalformed", Next.USER_ACTS, "A token can't be sent in a header of HTTP."),
  CA_MALFORMED("CaMalformed", Next.USER_ACTS, "A gateway's authorities can't be read."),
  PROXY_CREDENTIALS_MALFORMED(
      "ProxyCredentialsMalformed", Next.USER_ACTS, "A proxy's login can't be sent to it."),
  NO_SEED_NODE("NoSeedNode", Next.WAITING, "No node carries the registry yet."),
  REGISTRY_UNREACHABLE(
      "RegistryUnreachable", Next.RETRIED, "A node's registry doesn't answer the operator."),
  FETCH_PENDING("FetchPending", Next.WAITING, "The fetch has not started yet."),
  FETCH_RUNNING("FetchRunning", Next.WAITING, "The image is being fetched."),
  FETCHER_OUT_OF_MEMORY("FetcherOutOfMemory", Next.RETRIED, "The fetch ran out of memory."),
  FETCHER_EVICTED("FetcherEvicted", Next.RETRIED, "The fetch was evicted from its node."),
  FETCHER_NOT_SCHEDULED("FetcherNotScheduled", Next.RETRIED, "The fetch can't run on its node."),
  FETCHER_LOST("FetcherLost", Next.RETRIED, "The fetch ended and left no report."),
  FETCHER_TIMED_OUT("FetcherTimedOut", Next.RETRIED, "The fetch took longer than its timeout."),
  SUSPENDED("Suspended", Next.ON_HOLD, "No fetch is started, because the spec says so."),
  DIGEST_DISAGREEMENT(
      "DigestDisagreement", Next.USER_ACTS, "Nodes found different digests under the same CID."),

  // What the operator finds about a TeeWorkload.
  IMAGES_NOT_READY("ImagesNotReady", Next.WAITING, "An image of the workload isn't verified yet."),
  IMAGE_NOT_FOUND("ImageNotFound", Next.RETRIED, "An IpfsImage that is named doesn't exist."),
  IMAGE_NOT_PINNED("ImageNotPinned", Next.USER_ACTS, "A registry image isn't pinned by digest."),
  UNKNOWN_PROFILE("UnknownProfile", Next.USER_ACTS, "The operator has no profile of that name."),
  NO_TEE("NoTee", Next.USER_ACTS, "The profile gives no confidentiality."),
  GUEST_PULL_NOT_CONFIGURED(
      "GuestPullNotConfigured", Next.USER_ACTS, "The guest would pull the image itself and can't."),
  RUNTIME_CLASS_NOT_FOUND(
      "RuntimeClassNotFound", Next.RETRIED, "The RuntimeClass of the profile doesn't exist."),
  NO_MATCHING_NODE("NoMatchingNode", Next.WAITING, "No node fits the profile."),
  NAME_CONFLICT("NameConflict", Next.USER_ACTS, "An object of that name exists and isn't ours."),
  TEMPLATE_INVALID("TemplateInvalid", Next.USER_ACTS, "The API server refuses the pod template."),
  PAUSED("Paused", Next.ON_HOLD, "What runs is frozen, because the spec says so."),
  NOT_DEPLOYED("NotDeployed", Next.WAITING, "There is no Deployment yet."),
  ROLLOUT_PROGRESSING("RolloutProgressing", Next.WAITING, "The Deployment is rolling out."),
  ROLLOUT_STUCK("RolloutStuck", Next.RETRIED, "The rollout made no progress for its deadline."),
  REPLICA_FAILURE("ReplicaFailure", Next.RETRIED, "The Deployment's pods can't be created."),
  MINIMUM_REPLICAS_UNAVAILABLE(
      "MinimumReplicasUnavailable", Next.RETRIED, "The Deployment lacks replicas it needs."),
  POD_FAILING("PodFailing", Next.RETRIED, "A pod of the workload can't start or keeps failing."),

  // What the operator finds about what it tells the nodes.
  DESIRED_SET_TOO_LARGE(
      "DesiredSetTooLarge", Next.RETRIED, "The nodes can't be told of all images that are wanted."),
  DESIRED_SET_NOT_WRITTEN(
      "DesiredSetNotWritten", Next.RETRIED, "The nodes can't be told which images are wanted."),

  // Both.
  API_SERVER_ERROR("ApiServerError", Next.RETRIED, "A request to the API server failed.");

  /** What follows from a reason. */
  public enum Next {
    /** All is well. */
    NOTHING,
    /** Things are on their way: Reconciling. */
    WAITING,
    /** Something failed and is tried again with back-off: Reconciling. */
    RETRIED,
    /** Nothing more is done, as somebody wants it: neither Reconciling nor Stalled. */
    ON_HOLD,
    /** Stalled, but tried again when the spec or the gateways change, and every 6 hours. */
    REARMED,
    /** Stalled until somebody changes something. */
    USER_ACTS
  }

  private static final Map<String, Reason> BY_LABEL =
      Arrays.stream(values()).collect(Collectors.toMap(Reason::label, Function.identity()));

  private final String label;
  private final Next next;
  private final String sentence;

  Reason(String label, Next next, String sentence) {
    this.label = label;
    this.next = next;
    this.sentence = sentence;
  }

  /** The word in conditions, events, metrics, reports and documentation, in PascalCase. */
  public String label() {
    return label;
  }

  /** What follows from this reason. */
  public Next next() {
    return next;
  }

  /** What it means, in one sentence. */
  public String sentence() {
    return sentence;
  }

  /** Whether a condition with this reason makes the object Stalled. */
  public boolean terminal() {
    return next == Next.USER_ACTS || next == Next.REARMED;
  }

  /** The reason of that label; empty when there is none, as in a report of a newer fetcher. */
  public static Optional<Reason> of(String label) {
    return Optional.ofNullable(BY_LABEL.get(label));
  }
}
