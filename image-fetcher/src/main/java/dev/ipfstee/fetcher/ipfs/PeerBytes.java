package dev.ipfstee.fetcher.ipfs;

import java.util.Set;
import java.util.stream.Collectors;

/** Whose bytes a blob was put together from; only their reader can check them. */
public final class PeerBytes {
  private final Set<Peer> contributors;

  PeerBytes(Set<Peer> contributors) {
    this.contributors = Set.copyOf(contributors);
  }

  /**
   * The bytes aren't what their digest says: none of these peers is asked again for a while. Of
   * several who sent a part each, nobody can say who lied.
   */
  public void wrong() {
    contributors.forEach(contributors.size() == 1 ? Peer::lied : Peer::suspected);
  }

  /** Their addresses, for people. */
  @Override
  public String toString() {
    return contributors.stream().map(Peer::toString).sorted().collect(Collectors.joining(", "));
  }
}
