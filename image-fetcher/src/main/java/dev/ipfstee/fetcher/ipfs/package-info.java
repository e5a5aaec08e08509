/**
 * Verified reading of IPFS content from trustless gateways.
 *
 * <p>Own code for what has no Java library: CIDs, CARs, dag-pb, UnixFS and HAMT directories. Every
 * byte that leaves this package was checked against its CID; every size that comes from outside is
 * checked before memory is set aside for it.
 */
package dev.ipfstee.fetcher.ipfs;
