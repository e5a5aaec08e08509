package dev.ipfstee.fetcher.ipfs;

import java.util.List;

/**
 * How a file is cut into blocks when it is added: with the same profile the same file has the same
 * CID.
 *
 * @param label for messages
 * @param chunk bytes of a leaf
 * @param width links of an inner node
 * @param rawLeaves whether leaves are raw blocks and CIDs of version 1; else leaves are dag-pb
 * @see <a href="https://specs.ipfs.tech/ipips/ipip-0499/">IPIP-499, CID profiles</a>
 */
public record AddProfile(String label, int chunk, int width, boolean rawLeaves) {
  /** {@code unixfs-v1-2025}: what this program publishes with. */
  public static final AddProfile UNIXFS_V1 = new AddProfile("unixfs-v1-2025", 1 << 20, 1024, true);

  /** Those of {@code ipfs add} without options, and with the usual ones. */
  public static final List<AddProfile> KNOWN =
      List.of(
          UNIXFS_V1,
          new AddProfile("ipfs add", 256 << 10, 174, false),
          new AddProfile("ipfs add --cid-version=1", 256 << 10, 174, true),
          new AddProfile("ipfs add --cid-version=1 --chunker=size-1048576", 1 << 20, 174, true));
}
