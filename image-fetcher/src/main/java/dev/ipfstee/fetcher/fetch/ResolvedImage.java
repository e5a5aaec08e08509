package dev.ipfstee.fetcher.fetch;

/**
 * The image that was asked for, accepted by the policy of the request.
 *
 * @param plan all that it needs in the store
 */
record ResolvedImage(SelectedImage image, FetchPlan plan) {}
