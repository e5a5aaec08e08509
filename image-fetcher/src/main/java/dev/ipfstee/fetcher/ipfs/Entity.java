package dev.ipfstee.fetcher.ipfs;

/** A file or directory whose root block was verified. */
public sealed interface Entity {

  /** The CID of the file or directory itself, without a path. */
  Cid cid();

  /**
   * A file.
   *
   * @param size its length in bytes as its root block says; {@link IpfsContent#read} hands out
   *     exactly so many or fails
   */
  record File(Cid cid, long size) implements Entity {}

  /** A directory, plain or sharded. */
  record Directory(Cid cid) implements Entity {}

  /**
   * An entry of a directory, itself not yet fetched.
   *
   * @param name never empty, {@code .} or {@code ..}, without slash and NUL; it may hold other
   *     control characters
   */
  record Named(String name, Cid cid) {}
}
