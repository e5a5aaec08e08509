package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;

/**
 * Verified reading of UnixFS content; every byte handed out was checked against its CID, but for
 * those of {@link #readPlain}. Thread-safe: several files are read at once.
 *
 * <p>All methods throw {@link FetchException}: {@link Reason#CONTENT_NOT_FOUND} when every gateway
 * has said for a while that it has not got a block; {@link Reason#GATEWAY_TIMEOUT}, {@link
 * Reason#RATE_LIMITED}, {@link Reason#GATEWAY_ERROR}, {@link Reason#REDIRECT_REFUSED} and {@link
 * Reason#ADDRESS_REFUSED} when none could be made to answer; {@link Reason#BLOCK_MISMATCH} and
 * {@link Reason#MALFORMED_CAR} when all answered wrongly; {@link Reason#MALFORMED_DAG}, {@link
 * Reason#DAG_TOO_DEEP}, {@link Reason#DAG_TOO_LARGE} and {@link Reason#BLOCK_TOO_LARGE} for content
 * that is intact but unusable, which no gateway can mend; {@link Reason#UNSUPPORTED_CODEC} and
 * {@link Reason#UNSUPPORTED_HASH} for links to such; {@link Reason#CANCELLED} after {@link #close}
 * or an interrupt.
 */
public interface IpfsContent extends AutoCloseable {

  /**
   * Walks from a root along a path; the root block of the result is fetched and verified.
   *
   * @throws FetchException {@link Reason#PATH_NOT_FOUND} if the path is provably absent; {@link
   *     Reason#LAYOUT_UNRECOGNIZED} if it ends at a symbolic link
   */
  Entity resolve(Cid root, List<String> path);

  /** Looks up one name; empty means provably absent. Only the shards on the way are fetched. */
  Optional<Entity> child(Entity.Directory dir, String name);

  /**
   * All entries, in the order of the directory.
   *
   * @param maxEntries above this many, {@link Reason#DAG_TOO_LARGE}
   */
  List<Entity.Named> list(Entity.Directory dir, int maxEntries);

  /**
   * Streams a file to {@code sink}, in order; blocks until all of it is written. Nothing is written
   * when the file is larger than {@code maxBytes}. The sink is not closed; an {@link
   * java.io.IOException} of the sink becomes {@link Reason#IO_ERROR}, a {@link FetchException} of
   * it passes through.
   *
   * @param maxBytes the largest acceptable size in bytes, else {@link Reason#IMAGE_TOO_LARGE}
   */
  void read(Cid file, long maxBytes, OutputStream sink);

  /**
   * Streams a part of a file to {@code sink}, as {@link #read(Cid, long, OutputStream)} does the
   * whole. Blocks that hold nothing of it are not fetched.
   *
   * @throws FetchException {@link Reason#IMAGE_TOO_LARGE} when the file is larger than the part
   *     says
   */
  void read(FilePart part, OutputStream sink);

  /**
   * Whether parts of a large file, read at once, may come sooner than all of it in one piece. No
   * longer so when those who have it turn out to send all of it for each part.
   */
  boolean hasParts();

  /**
   * Streams a file, or a part of one, as gateways hand it out, without a look at its blocks: for a
   * caller who knows the hash of these bytes, and needs each byte hashed once only. Goes on after a
   * break. The bytes mean nothing before the caller has compared that hash.
   *
   * @param part exactly these bytes are written, or not all of them
   * @return what to do about their source; empty when no gateway gave them all now, which says
   *     nothing about whether {@link #read} will
   */
  Optional<PlainBytes> readPlain(FilePart part, OutputStream sink);

  /** Use of the gateways so far, in their order of preference. */
  List<SourceUse> sources();

  /** Stops everything under way within five seconds and gives up all connections. */
  @Override
  void close();
}
