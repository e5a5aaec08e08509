package dev.ipfstee.fetcher.report;

/**
 * Why a run ended as it did. The label is the same word in the report, in the conditions and events
 * of the operator, in metrics, and as an anchor of the troubleshooting page.
 */
public enum Reason {
  SUCCEEDED("Succeeded", Outcome.SUCCEEDED),
  INVALID_USAGE("InvalidUsage", Outcome.INVALID_USAGE),
  INVALID_REFERENCE("InvalidReference", Outcome.INVALID_REFERENCE),
  INVALID_CID("InvalidCid", Outcome.INVALID_REFERENCE),
  UNSUPPORTED_HASH("UnsupportedHash", Outcome.INVALID_REFERENCE),
  UNSUPPORTED_CODEC("UnsupportedCodec", Outcome.INVALID_REFERENCE),
  MUTABLE_NAME("MutableName", Outcome.INVALID_REFERENCE),
  CONTENT_NOT_FOUND("ContentNotFound", Outcome.NOT_FOUND),
  GATEWAY_TIMEOUT("GatewayTimeout", Outcome.UNAVAILABLE),
  RATE_LIMITED("RateLimited", Outcome.UNAVAILABLE),
  GATEWAY_ERROR("GatewayError", Outcome.UNAVAILABLE),
  REDIRECT_REFUSED("RedirectRefused", Outcome.UNAVAILABLE),
  ADDRESS_REFUSED("AddressRefused", Outcome.UNAVAILABLE),
  BLOCK_MISMATCH("BlockMismatch", Outcome.VERIFICATION_FAILED),
  DIGEST_MISMATCH("DigestMismatch", Outcome.VERIFICATION_FAILED),
  SIZE_MISMATCH("SizeMismatch", Outcome.VERIFICATION_FAILED),
  MALFORMED_DAG("MalformedDag", Outcome.VERIFICATION_FAILED),
  MALFORMED_CAR("MalformedCar", Outcome.VERIFICATION_FAILED),
  MALFORMED_ARCHIVE("MalformedArchive", Outcome.VERIFICATION_FAILED),
  MALFORMED_MANIFEST("MalformedManifest", Outcome.VERIFICATION_FAILED),
  LAYOUT_UNRECOGNIZED("LayoutUnrecognized", Outcome.NOT_AN_IMAGE),
  LAYOUT_AMBIGUOUS("LayoutAmbiguous", Outcome.NOT_AN_IMAGE),
  PLATFORM_MISSING("PlatformMissing", Outcome.NOT_AN_IMAGE),
  REF_NAME_MISSING("RefNameMissing", Outcome.NOT_AN_IMAGE),
  PATH_NOT_FOUND("PathNotFound", Outcome.NOT_AN_IMAGE),
  BLOB_MISSING("BlobMissing", Outcome.NOT_AN_IMAGE),
  MEDIA_TYPE_REJECTED("MediaTypeRejected", Outcome.POLICY_REJECTED),
  FOREIGN_URLS("ForeignUrls", Outcome.POLICY_REJECTED),
  CONFIG_LINT("ConfigLint", Outcome.POLICY_REJECTED),
  UNEXPECTED_DIGEST("UnexpectedDigest", Outcome.POLICY_REJECTED),
  IMAGE_TOO_LARGE("ImageTooLarge", Outcome.LIMIT_EXCEEDED),
  TOO_MANY_LAYERS("TooManyLayers", Outcome.LIMIT_EXCEEDED),
  MANIFEST_TOO_LARGE("ManifestTooLarge", Outcome.LIMIT_EXCEEDED),
  TOO_MANY_DESCRIPTORS("TooManyDescriptors", Outcome.LIMIT_EXCEEDED),
  INDEX_TOO_DEEP("IndexTooDeep", Outcome.LIMIT_EXCEEDED),
  DAG_TOO_DEEP("DagTooDeep", Outcome.LIMIT_EXCEEDED),
  DAG_TOO_LARGE("DagTooLarge", Outcome.LIMIT_EXCEEDED),
  BLOCK_TOO_LARGE("BlockTooLarge", Outcome.LIMIT_EXCEEDED),
  DISK_FULL("DiskFull", Outcome.STORAGE_FAILED),
  STORE_CORRUPT("StoreCorrupt", Outcome.STORAGE_FAILED),
  STORE_LOCKED("StoreLocked", Outcome.STORAGE_FAILED),
  IO_ERROR("IoError", Outcome.STORAGE_FAILED),
  INTERNAL_ERROR("InternalError", Outcome.INTERNAL_ERROR),
  CANCELLED("Cancelled", Outcome.CANCELLED);

  private final String label;
  private final Outcome outcome;

  Reason(String label, Outcome outcome) {
    this.label = label;
    this.outcome = outcome;
  }

  /** The name in the report, in PascalCase. */
  public String label() {
    return label;
  }

  /** The outcome, and with it the exit code, that this reason leads to. */
  public Outcome outcome() {
    return outcome;
  }
}
