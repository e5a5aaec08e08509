package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.fetch.PartedDownload.Form;
import dev.ipfstee.fetcher.ipfs.PeerBytes;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.BlobParts;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.BlobWriter;
import java.io.OutputStream;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Brings a layer into the store: from peers, else as plain bytes, else by its blocks. Thread-safe.
 */
final class BlobDownload {
  /** No block is larger, so that smaller blobs are few requests anyway. */
  private static final long PLAIN_ABOVE = 2 << 20;

  private final PeerBlobs peers;
  private final BlobLocator blobs;
  private final BlobStore store;
  private final DiskBudget disk;
  private final ProgressCounter progress;
  private volatile boolean mayGoOnLater = true;

  BlobDownload(
      PeerBlobs peers,
      BlobLocator blobs,
      BlobStore store,
      DiskBudget disk,
      ProgressCounter progress) {
    this.peers = peers;
    this.blobs = blobs;
    this.store = store;
    this.disk = disk;
    this.progress = progress;
  }

  /**
   * Returns when it is stored.
   *
   * @param team who can help with parts of it
   * @throws FetchException when it can't be had, or isn't what the manifest says
   */
  void run(Descriptor layer, DownloadTeam team) {
    if (!peers.isEmpty() && downloadFromPeers(layer)) {
      return;
    }
    BlobSource bytes = blobs.locate(layer);
    if (layer.size() <= PLAIN_ABOVE
        || !(bytes instanceof PartedSource parted)
        || !downloadPlain(layer, parted, team) && !downloadBlocks(layer, parted, team)) {
      downloadBlocks(layer, bytes);
    }
  }

  /** The others end too: what they have is kept or dropped as this failure says. */
  void runFailed(FetchException failure) {
    mayGoOnLater = mayGoOnLater(failure);
  }

  /**
   * As long as peers have it; one that sent wrong bytes isn't asked again.
   *
   * @return whether the blob is stored
   */
  private boolean downloadFromPeers(Descriptor layer) {
    while (true) {
      try (BlobWriter writer = store.write(layer.digest(), layer.size())) {
        Optional<PeerBytes> all = orLeave(writer, () -> peers.read(layer, new MeteredSink(writer)));
        if (all.isPresent() && commits(writer)) {
          return true;
        }
        progress.add(-writer.written());
        if (all.isEmpty()) {
          return false;
        }
        all.get().wrong();
      }
    }
  }

  /**
   * @return whether the blob is stored
   */
  private boolean downloadPlain(Descriptor layer, PartedSource bytes, DownloadTeam team) {
    long partLength = BlobParts.length(layer.size());
    Optional<BlobWriter> begun = store.leftovers().resume(layer.digest(), layer.size());
    if (begun.isPresent() && completes(layer, bytes, begun.get(), team)) {
      return true;
    }
    // Gateways may have no ranges.
    return team.size() > 1
            && partLength < layer.size()
            && downloadPlain(layer, bytes, partLength, team)
        || downloadPlain(layer, bytes, layer.size(), team);
  }

  /**
   * Goes on with what a dead run had begun. Nobody in this run need have sent what is wrong of it.
   *
   * @return whether the blob is stored
   */
  private boolean completes(
      Descriptor layer, PartedSource bytes, BlobWriter begun, DownloadTeam team) {
    try (BlobWriter writer = begun) {
      PartedDownload download =
          parts(layer, bytes, writer, Form.PLAIN, BlobParts.length(layer.size()), team);
      if (orLeave(writer, download::lead) && commits(writer)) {
        return true;
      }
      progress.add(-writer.written());
      return false;
    }
  }

  private PartedDownload parts(
      Descriptor layer,
      PartedSource bytes,
      BlobWriter writer,
      Form form,
      long partLength,
      DownloadTeam team) {
    return new PartedDownload(
        bytes, writer, layer.size(), form, partLength, disk, progress, team::help);
  }

  /**
   * The digest, known from a manifest whose blocks were checked, says of all bytes at once whether
   * they are right. If they aren't, the blocks say who is to blame, gateway or publisher.
   *
   * @return whether the blob is stored
   */
  private boolean downloadPlain(
      Descriptor layer, PartedSource bytes, long partLength, DownloadTeam team) {
    PlainSuspects suspects;
    try (BlobWriter writer = store.write(layer.digest(), layer.size())) {
      PartedDownload download = parts(layer, bytes, writer, Form.PLAIN, partLength, team);
      if (!orLeave(writer, download::lead)) {
        return false;
      }
      if (commits(writer)) {
        return true;
      }
      progress.add(-layer.size());
      suspects = new PlainSuspects(download.plain(), partLength, writer.file());
    }
    downloadBlocks(layer, bytes);
    store.blob(layer.digest()).ifPresent(suspects::compare);
    return true;
  }

  private static boolean commits(BlobWriter writer) {
    try {
      writer.commit();
      return true;
    } catch (FetchException e) {
      if (e.reason() != Reason.DIGEST_MISMATCH) {
        throw e;
      }
      return false;
    }
  }

  /**
   * By several streams, as long as gateways give parts. Each costs them a walk from the root, so
   * there are none without a thread to gain by it.
   *
   * @return whether the blob is stored
   */
  private boolean downloadBlocks(Descriptor layer, PartedSource bytes, DownloadTeam team) {
    long partLength = BlobParts.length(layer.size());
    if (!team.canHelpWith(layer) || partLength >= layer.size() || !bytes.hasParts()) {
      return false;
    }
    try (BlobWriter writer = store.write(layer.digest(), layer.size())) {
      PartedDownload download = parts(layer, bytes, writer, Form.BLOCKS, partLength, team);
      if (!orLeave(writer, download::lead)) {
        progress.add(-download.written());
        return false;
      }
      writer.commit();
      return true;
    }
  }

  private void downloadBlocks(Descriptor layer, BlobSource bytes) {
    try (BlobWriter writer = store.write(layer.digest(), layer.size())) {
      orLeave(
          writer,
          () -> {
            bytes.read(new MeteredSink(writer));
            return true;
          });
      writer.commit();
    }
  }

  private <T> T orLeave(BlobWriter writer, Supplier<T> download) {
    try {
      return download.get();
    } catch (FetchException failure) {
      if (mayGoOnLater && mayGoOnLater(failure)) {
        writer.leave();
      }
      throw failure;
    }
  }

  /** What is there of a blob is of use to a later run if only the rest couldn't be had now. */
  private static boolean mayGoOnLater(FetchException failure) {
    return switch (failure.reason().outcome()) {
      case NOT_FOUND, UNAVAILABLE, CANCELLED -> true;
      default -> false;
    };
  }

  /** Asks for room before bytes are written, and counts them afterwards. */
  private final class MeteredSink extends OutputStream {
    private final BlobWriter writer;

    MeteredSink(BlobWriter writer) {
      this.writer = writer;
    }

    @Override
    public void write(int value) {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      disk.spend(length);
      writer.write(bytes, offset, length);
      progress.add(length);
    }
  }
}
