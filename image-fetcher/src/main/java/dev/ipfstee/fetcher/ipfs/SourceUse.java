package dev.ipfstee.fetcher.ipfs;

/**
 * What one gateway did in this run.
 *
 * @param host {@code host[:port]}, no port meaning the scheme's default
 * @param bytes body bytes received from it, useful or not
 * @param rejected blocks that were not what their CID promises; after the first, the gateway is out
 * @param errors failed requests, an absent block not counted
 */
public record SourceUse(String host, long bytes, long rejected, long errors) {}
