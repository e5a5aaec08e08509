package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** UnixFS over blocks, wherever they come from. */
abstract class UnixFsContent implements IpfsContent {
  final DagLimits limits = new DagLimits();
  private volatile PlainDirectory last;

  /** A block whose hash was checked; not to be changed. */
  abstract byte[] block(Cid cid);

  /**
   * Completes a walk.
   *
   * @param whole the CAR that brings all of it
   */
  abstract void fetch(DagWalk walk, DagWalk.Stretch whole);

  /** Is told of each directory before something in it is looked up. */
  void entered(DagNode directory) {}

  @Override
  public Entity resolve(Cid root, List<String> path) {
    Entity at = entity(root);
    String walked = root.toString();
    for (String name : path) {
      Optional<Entity> below =
          at instanceof Entity.Directory directory ? child(directory, name) : Optional.empty();
      String parent = walked;
      walked = walked + "/" + Text.printable(name);
      boolean isFile = at instanceof Entity.File;
      at =
          below.orElseThrow(
              () ->
                  new FetchException(
                      Reason.PATH_NOT_FOUND,
                      "failed to find '"
                          + Text.printable(name)
                          + "' in "
                          + parent
                          + (isFile ? ", which is a file" : ": the directory has no such entry")));
    }
    return at;
  }

  @Override
  public Optional<Entity> child(Entity.Directory dir, String name) {
    // All blobs of an image are in one directory, and each is looked up in it.
    PlainDirectory plain = last;
    if (plain == null || !plain.cid().equals(dir.cid())) {
      DagNode node = node(dir.cid());
      if (node.type() == UnixFsData.Type.HAMT_SHARD) {
        return inShards(node, name).map(this::entity);
      }
      requireDirectory(node);
      plain = PlainDirectory.check(node);
      entered(node);
      last = plain;
    }
    return plain.find(name).map(this::entity);
  }

  private Optional<Cid> inShards(DagNode root, String name) {
    DagNode node = root;
    long path = 0;
    int width = 0;
    for (int depth = 0; ; depth++) {
      HamtShard shard = HamtShard.check(node, depth, path, width);
      int link = shard.linkFor(name);
      if (link < 0) {
        return Optional.empty();
      }
      String entry = shard.entry(link);
      if (entry != null) {
        return entry.equals(name) ? Optional.of(node.links().cid(link)) : Optional.empty();
      }
      path = shard.pathBelow(link, path);
      width = shard.width();
      node = node(node.links().cid(link));
    }
  }

  @Override
  public List<Entity.Named> list(Entity.Directory dir, int maxEntries) {
    DagNode node = node(dir.cid());
    if (node.type() == UnixFsData.Type.HAMT_SHARD) {
      HamtListing listing = new HamtListing(dir.cid(), maxEntries, limits);
      fetch(listing, DagWalk.Stretch.all(dir.cid()));
      return List.copyOf(listing.entries());
    }
    requireDirectory(node);
    PlainDirectory.check(node);
    HamtListing.checkCount(dir.cid(), node.linkCount(), maxEntries);
    List<Entity.Named> entries = new ArrayList<>();
    for (int i = 0; i < node.linkCount(); i++) {
      entries.add(new Entity.Named(node.links().name(i), node.links().cid(i)));
    }
    return entries;
  }

  @Override
  public void read(Cid file, long maxBytes, OutputStream sink) {
    fetch(new FileWalk(file, maxBytes, limits, sink), DagWalk.Stretch.all(file));
  }

  private Entity entity(Cid cid) {
    DagNode node = node(cid);
    if (node.isFile()) {
      return new Entity.File(cid, node.fileSize());
    }
    if (node.isDirectory()) {
      return new Entity.Directory(cid);
    }
    throw new FetchException(
        Reason.LAYOUT_UNRECOGNIZED,
        "failed to use "
            + cid
            + ": it is a "
            + (node.type() == UnixFsData.Type.SYMLINK ? "symbolic link" : "metadata node")
            + ", only files and directories are accepted");
  }

  private DagNode node(Cid cid) {
    limits.countBlock(cid);
    byte[] bytes = block(cid);
    return DagNode.decode(cid, bytes, 0, bytes.length);
  }

  private static void requireDirectory(DagNode node) {
    if (!node.isDirectory()) {
      throw DagNode.malformed(node.cid(), "it is no directory");
    }
  }
}
