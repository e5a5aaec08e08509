package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A store opened for writing. Thread-safe; several processes may have the same store open. Every
 * failure is a {@link FetchException} with {@link Reason#DISK_FULL}, {@link Reason#STORE_CORRUPT},
 * {@link Reason#STORE_LOCKED} or {@link Reason#IO_ERROR}, unless a method says more.
 */
public final class BlobStore implements AutoCloseable {
  private final StoreLayout layout;
  private final StoreOptions options;
  private final StoreReader reader;
  private final IngestSession session;
  private final Quarantine quarantine;
  private final VerifiedBlobs verified;
  private final BlobClaims claims;
  private final IngestLeftovers leftovers;

  private BlobStore(StoreLayout layout, StoreOptions options, IngestSession session) {
    this.layout = layout;
    this.options = options;
    this.reader = new StoreReader(layout);
    this.session = session;
    this.quarantine = new Quarantine(layout, options, session);
    this.verified = new VerifiedBlobs(reader, quarantine);
    this.claims = new BlobClaims(layout, options, session);
    this.leftovers = new IngestLeftovers(this, layout);
  }

  /** Opens the store in this directory with {@link StoreOptions#DEFAULTS}. */
  public static BlobStore open(Path directory) {
    return open(directory, StoreOptions.DEFAULTS);
  }

  /**
   * Opens the store in this directory, creates what is missing, and removes what dead runs left in
   * {@code ingest/}, but for {@link #leftovers}. A symbolic link to the directory itself is
   * resolved; none is followed below it.
   */
  public static BlobStore open(Path directory, StoreOptions options) {
    StoreLayout layout = ensureRoot(directory.toAbsolutePath().normalize());
    try {
      return StoreLock.holding(
          layout.lock(), options.lockTimeout(), () -> openLocked(layout, options));
    } catch (IOException cause) {
      throw StoreErrors.of("open the store", layout.root(), cause);
    }
  }

  private static StoreLayout ensureRoot(Path directory) {
    try {
      if (!Files.isDirectory(directory)) {
        Files.createDirectories(directory.getParent());
        DurableFiles.ensureDirectory(directory);
      }
      StoreLayout layout = new StoreLayout(directory.toRealPath());
      DurableFiles.ensureDirectory(layout.ingest());
      return layout;
    } catch (IOException cause) {
      throw StoreErrors.of("open the store", directory, cause);
    }
  }

  private static BlobStore openLocked(StoreLayout layout, StoreOptions options) throws IOException {
    new IngestCleaner(layout, options).clean();
    IngestSession session = IngestSession.start(layout);
    try {
      StoreInitializer.initialize(layout, session);
      return new BlobStore(layout, options, session);
    } catch (IOException | RuntimeException failure) {
      session.close();
      throw failure;
    }
  }

  public StoreReader reader() {
    return reader;
  }

  /**
   * Whether the store has this blob, whole and right; if so, no sweep removes it as long as this
   * run lasts. The content is hashed, unless this process has done so and the file hasn't changed
   * since. What is there but wrong goes to quarantine.
   *
   * @param size the expected size in bytes
   * @throws FetchException also {@link Reason#SIZE_MISMATCH} when the blob is right and has another
   *     size, so that whoever expects this one is wrong
   */
  public boolean hasVerified(Digest digest, long size) {
    claim(List.of(digest));
    try {
      return verified.has(digest, size);
    } catch (IOException cause) {
      throw StoreErrors.of("check", layout.blob(digest), cause);
    }
  }

  /**
   * Keeps sweeps from these blobs, whether they are there or not, until {@link #release} or the end
   * of this run.
   */
  public void claim(Collection<Digest> blobs) {
    try {
      claims.add(blobs);
    } catch (IOException cause) {
      throw StoreErrors.of("claim blobs in", layout.ingest(), cause);
    }
  }

  /** Lets sweeps have these blobs again. */
  public void release(Collection<Digest> blobs) {
    try {
      claims.remove(blobs);
    } catch (IOException cause) {
      throw StoreErrors.of("release blobs in", layout.ingest(), cause);
    }
  }

  /**
   * Takes note that an image is asked for now: sweeps count its age from here, and leave it alone
   * as long as this run lasts.
   *
   * @param root the digest of its index or manifest
   */
  public void use(Digest root) {
    claim(List.of(root));
    try {
      ImageAge.renew(reader, root);
    } catch (IOException cause) {
      throw StoreErrors.of("touch", layout.blob(root), cause);
    }
  }

  /** Takes away what was found wrong; see {@link Quarantine#take}. */
  void quarantine(Digest digest, Object wrong) throws IOException {
    quarantine.take(digest, wrong);
  }

  /**
   * Starts to write a blob.
   *
   * @param size the exact size in bytes that it will have
   */
  public BlobWriter write(Digest digest, long size) {
    if (size < 0) {
      throw new IllegalArgumentException("a size is negative");
    }
    Path temporary = session.newFile(IngestLeftovers.name(digest));
    try {
      return new BlobWriter(this, digest, size, temporary, DurableFiles.createNew(temporary));
    } catch (IOException cause) {
      throw StoreErrors.of("create", temporary, cause);
    }
  }

  /** What dead runs had begun, to go on with it. */
  public IngestLeftovers leftovers() {
    return leftovers;
  }

  /** A path of this run that doesn't exist, for what must not outlive the run. */
  public Path scratch() {
    return session.newFile("scratch");
  }

  /** Gives a file that is verified and durable its place. */
  void publish(Path temporary, Digest digest) throws IOException {
    claims.add(List.of(digest));
    Path directory = layout.blobs(digest.algorithm());
    DurableFiles.ensureDirectory(directory);
    Path target = layout.blob(digest);
    // What is already there is either the same or wrong, so it may be replaced; but no directory.
    if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
      quarantine.take(digest, null);
    }
    VerifiedBlobs.Fingerprint fingerprint =
        VerifiedBlobs.Fingerprint.of(StoreReader.attributes(temporary));
    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    DurableFiles.syncDirectory(directory);
    verified.put(digest, fingerprint);
  }

  /**
   * The file of a blob: a regular one, never behind a symbolic link. Its content isn't looked at.
   */
  public Optional<Path> blob(Digest digest) {
    return reader.blob(digest);
  }

  /** The images that were added, in that order. */
  public List<StoredImage> images() {
    return reader.images();
  }

  /** Lists an image without referrers; see {@link #addImage(StoredImage, Set, List)}. */
  public void addImage(StoredImage image) {
    addImage(image, Set.of(image.digest()), List.of());
  }

  /**
   * Lists an image whose blobs are all stored. An entry for the same source, layout and digest is
   * extended by the platforms; other entries, those of other tools included, stay as they are.
   *
   * @param documents the image's stored indexes and manifests
   * @param referrers all that is stored of what refers to them; it takes the place of what was
   *     listed so for the same CID
   */
  public void addImage(StoredImage image, Set<Digest> documents, List<StoredReferrer> referrers) {
    new IndexUpdate(layout, options, reader, session).add(image, documents, referrers);
  }

  /**
   * Lists an image of which only its own document is stored, so that what is pulled of it is known
   * to be a part of it even after a crash. {@link #addImage} takes it from this list.
   */
  public void addPull(StoredImage image) {
    try {
      locked(
          () -> {
            ImageAge.renew(reader, image.digest());
            new PullList(reader, session).add(image);
            return null;
          });
    } catch (IOException cause) {
      throw StoreErrors.of("write", layout.pulls(), cause);
    }
  }

  /**
   * Shows the registry, and through it the operator, how far a fetch is; written at most once a
   * second and removed by {@link #close()}.
   *
   * @param source what is being fetched, {@code ipfs://root[/path]}
   * @param bytes how many bytes are stored
   * @param total how many there will be; 0 while unknown
   */
  public void progress(String source, long bytes, long total) {
    session.progress(Objects.requireNonNull(source), bytes, total);
  }

  /** How many bytes the volume can still take from this user. */
  public long usableBytes() {
    try {
      return Files.getFileStore(layout.root()).getUsableSpace();
    } catch (IOException cause) {
      throw StoreErrors.of("measure", layout.root(), cause);
    }
  }

  /** The size of the volume in bytes. */
  public long totalBytes() {
    try {
      return Files.getFileStore(layout.root()).getTotalSpace();
    } catch (IOException cause) {
      throw StoreErrors.of("measure", layout.root(), cause);
    }
  }

  /** Whether it can still be written to: somebody may have emptied its directory. */
  public boolean isThere() {
    return session.isThere();
  }

  /** Does something that changes what is listed; {@link StoreLock#holding} says how it fails. */
  <T> T locked(StoreLock.Action<T> action) throws IOException {
    return StoreLock.holding(layout.lock(), options.lockTimeout(), action);
  }

  IngestSession session() {
    return session;
  }

  /** Ends the run: what wasn't committed is removed. Idempotent. */
  @Override
  public void close() {
    session.close();
  }
}
