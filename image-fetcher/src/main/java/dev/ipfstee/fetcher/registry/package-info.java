/**
 * The node registry: serves what is in the store to the container runtime, by the pull part of the
 * OCI distribution specification, and tells the operator what there is.
 *
 * <p>An answer is decided on a worker thread from an immutable request ({@link
 * dev.ipfstee.fetcher.registry.RegistryHandler}); the event loops only move bytes.
 */
package dev.ipfstee.fetcher.registry;
