package dev.ipfstee.fetcher.ipfs;

import java.util.Set;

/** Whose bytes a blob was put together from; only their reader can check them. */
public final class PeerBytes {
  private final Set<Peer> contributors;

  PeerBytes(Set<Peer> contributors) {
    this.contributors = Set.copyOf(contributors);
  }

  /**
   * The bytes aren't what their digest says: none of the peers is asked again. Of several who sent
   * a part each, nobody can say who lied.
   */
  public void wrong() {
    contributors.forEach(contributors.size() == 1 ? Peer::lied : Peer::suspected);
  }
}
