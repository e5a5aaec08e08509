/**
 * The node's image store: an OCI image layout that several processes write and the registry reads.
 *
 * <p>Nothing unverified is visible outside {@code ingest/}, and a crash at any point leaves a store
 * that is a valid layout and that the next run completes. Paths, reading, writing, the index and
 * the lock are a class each.
 */
package dev.ipfstee.fetcher.store;
