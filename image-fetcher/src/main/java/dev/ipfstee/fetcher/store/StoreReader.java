package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Reads a store, needs no right to write, and never waits for a writer. Thread-safe. The store may
 * be written, or even be missing, meanwhile.
 */
public final class StoreReader {
  private static final int HASH_BUFFER = 1 << 20;

  private final StoreLayout layout;
  private final Predicate<Digest> hidden;

  public StoreReader(StoreLayout layout) {
    this(layout, unused -> false);
  }

  private StoreReader(StoreLayout layout, Predicate<Digest> hidden) {
    this.layout = layout;
    this.hidden = hidden;
  }

  /** Reads the store in this directory; a symbolic link to the directory itself is resolved now. */
  public static StoreReader of(Path directory) {
    Path root = directory.toAbsolutePath().normalize();
    try {
      return new StoreReader(new StoreLayout(root.toRealPath()));
    } catch (IOException notThereYet) {
      return new StoreReader(new StoreLayout(root));
    }
  }

  /** A reader of the same store, for which these blobs aren't there. */
  public StoreReader hiding(Predicate<Digest> blobs) {
    return new StoreReader(layout, blobs);
  }

  public StoreLayout layout() {
    return layout;
  }

  /**
   * The images listed in {@code index.json} by this program; none when there is no such file yet.
   *
   * @throws FetchException {@link Reason#STORE_CORRUPT}, {@link Reason#IO_ERROR}
   */
  public List<StoredImage> images() {
    return listing().images();
  }

  /**
   * All that this program listed in {@code index.json}; nothing when there is no such file yet.
   *
   * @throws FetchException {@link Reason#STORE_CORRUPT}, {@link Reason#IO_ERROR}
   */
  public StoreListing listing() {
    return index().listing();
  }

  /**
   * The images of which a part was pulled from peers, none of them {@linkplain
   * StoredImage#resolved() resolved}. What can't be read of that list is pulled again.
   */
  public List<StoredImage> pulls() {
    try {
      return StoreIndex.parse(readBounded(layout.pulls(), StoreIndex.MAX_BYTES), layout.pulls())
          .listing()
          .images();
    } catch (FetchException | IOException none) {
      return List.of();
    }
  }

  /**
   * A value that differs from an earlier one when {@link #images()} or {@link #pulls()} may have
   * changed since.
   *
   * @throws FetchException {@link Reason#IO_ERROR} when the store can't be read
   */
  public Object listVersion() {
    return List.of(version(layout.index()), version(layout.pulls()));
  }

  private static Object version(Path file) {
    try {
      return Files.readAttributes(file, "unix:dev,ino,ctime,size", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException none) {
      return List.of();
    } catch (IOException cause) {
      throw StoreErrors.of("read", file, cause);
    }
  }

  StoreIndex index() {
    Path file = layout.index();
    try {
      return StoreIndex.parse(readBounded(file, StoreIndex.MAX_BYTES), file);
    } catch (NoSuchFileException none) {
      return StoreIndex.empty();
    } catch (IOException cause) {
      throw StoreErrors.of("read", file, cause);
    }
  }

  /**
   * The file of a blob: a regular one, with no symbolic link in the way from the store's directory.
   * Its content isn't looked at.
   *
   * @throws FetchException {@link Reason#IO_ERROR} when the store can't be read
   */
  public Optional<Path> blob(Digest digest) {
    return attributes(digest).map(unused -> layout.blob(digest));
  }

  /**
   * The blobs that are there, by the names of their files; none when there is no store yet.
   *
   * @throws FetchException {@link Reason#IO_ERROR} when the store can't be read
   */
  public List<Digest> blobs() {
    List<Digest> blobs = new ArrayList<>();
    for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
      Path directory = layout.blobs(algorithm);
      if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        continue;
      }
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
        for (Path file : files) {
          Digest.of(algorithm, file.getFileName().toString())
              .filter(digest -> blob(digest).isPresent())
              .ifPresent(blobs::add);
        }
      } catch (DirectoryIteratorException | IOException cause) {
        throw StoreErrors.of(
            "list",
            directory,
            cause instanceof DirectoryIteratorException broken
                ? broken.getCause()
                : (IOException) cause);
      }
    }
    return blobs;
  }

  /** The size in bytes of a blob's file; empty as in {@link #blob(Digest)}. */
  public Optional<Long> blobSize(Digest digest) {
    return attributes(digest).map(BasicFileAttributes::size);
  }

  /** What the file system says of a blob's file; empty when {@link #blob(Digest)} is. */
  Optional<BasicFileAttributes> attributes(Digest digest) {
    Path file = layout.blob(digest);
    if (hidden.test(digest)) {
      return Optional.empty();
    }
    try {
      if (!attributes(layout.blobs()).isDirectory()
          || !attributes(layout.blobs(digest.algorithm())).isDirectory()) {
        return Optional.empty();
      }
      BasicFileAttributes attributes = attributes(file);
      return attributes.isRegularFile() ? Optional.of(attributes) : Optional.empty();
    } catch (NoSuchFileException | NotDirectoryException none) {
      return Optional.empty();
    } catch (IOException cause) {
      throw StoreErrors.of("read", file, cause);
    }
  }

  static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Reads a whole manifest, index or config, and checks it against its digest.
   *
   * @param maxBytes the most that is read
   * @throws FetchException {@link Reason#STORE_CORRUPT} when it is missing or not what its digest
   *     says, {@link Reason#MANIFEST_TOO_LARGE} above {@code maxBytes}, {@link Reason#IO_ERROR}
   */
  public byte[] readDocument(Digest digest, int maxBytes) {
    Path file = layout.blob(digest);
    long size =
        blobSize(digest)
            .orElseThrow(
                () ->
                    StoreErrors.corrupt(
                        file, "expected a regular file, found none", "fetch the image again"));
    if (size > maxBytes) {
      throw new FetchException(
          Reason.MANIFEST_TOO_LARGE,
          "failed to read '" + file + "': " + size + " bytes, at most " + maxBytes + " allowed");
    }
    byte[] content;
    try {
      content = readBounded(file, maxBytes);
    } catch (IOException cause) {
      throw StoreErrors.of("read", file, cause);
    }
    String actual = Digest.of(digest.algorithm(), content).hex();
    if (!actual.equals(digest.hex())) {
      throw StoreErrors.corrupt(
          file,
          "expected " + digest + ", found " + digest.algorithm().label() + ":" + actual,
          "fetch the image again: that replaces it");
    }
    return content;
  }

  /** The hash of a blob's present content, in lower-case hex. */
  String hashOf(Digest digest) throws IOException {
    MessageDigest hash = digest.algorithm().newHash();
    byte[] buffer = new byte[HASH_BUFFER];
    ByteBuffer view = ByteBuffer.wrap(buffer);
    try (FileChannel channel = DurableFiles.openForReading(layout.blob(digest))) {
      int read;
      while ((read = channel.read(view.clear())) >= 0) {
        hash.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(hash.digest());
  }

  static byte[] readBounded(Path file, int maxBytes) throws IOException {
    if (!attributes(file).isRegularFile()) {
      throw Files.isSymbolicLink(file)
          ? StoreErrors.symlink(file)
          : StoreErrors.corrupt(file, "expected a regular file", "move it away");
    }
    try (FileChannel channel = DurableFiles.openForReading(file)) {
      long size = channel.size();
      if (size > maxBytes) {
        throw StoreErrors.corrupt(
            file, "expected at most " + maxBytes + " bytes, found " + size, "move it away");
      }
      ByteBuffer content = ByteBuffer.allocate((int) size);
      while (content.hasRemaining() && channel.read(content) >= 0) {
        // Until full, or the file has become shorter.
      }
      byte[] bytes = new byte[content.position()];
      content.flip().get(bytes);
      return bytes;
    }
  }
}
