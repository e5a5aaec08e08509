package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.Reason;

/** How far one node is with one image. */
sealed interface NodeState {
  String node();

  /** It holds the image, verified. */
  record Ready(String node) implements NodeState {}

  /**
   * A fetch is under way, or was just done and the registry has yet to show it.
   *
   * @param running whether the image fetcher is at work
   * @param message what is waited for; may be empty
   */
  record Fetching(String node, boolean running, String message) implements NodeState {}

  /** The last attempt failed; another one may be under way. */
  record Failed(String node, Reason reason, String message) implements NodeState {}

  /** Its turn comes later: when the first node has resolved the image. */
  record Waiting(String node) implements NodeState {}
}
