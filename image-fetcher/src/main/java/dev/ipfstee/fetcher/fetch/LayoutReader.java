package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.archive.ArchiveForm;
import dev.ipfstee.fetcher.archive.IpfsBytes;
import dev.ipfstee.fetcher.archive.LocalBytes;
import dev.ipfstee.fetcher.archive.Scratch;
import dev.ipfstee.fetcher.ipfs.CarFile;
import dev.ipfstee.fetcher.ipfs.Entity;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.ImageIndex;
import dev.ipfstee.fetcher.oci.LayoutMarker;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.oci.TopDocument;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.ImageGraph;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Optional;

/**
 * Recognises how an image lies on IPFS, by its content and not by names or types that anybody can
 * claim.
 */
final class LayoutReader {
  /** The most that a descriptor root may have; real ones have some 300 bytes. */
  private static final int MAX_ROOT_BYTES = 64 << 10;

  static final int MAX_MARKER_BYTES = 4 << 10;

  private static final String ACCEPTED =
      "expected a directory with oci-layout and index.json, or with manifests and blobs, a tar of"
          + " an image, a CAR, or a file of at most 4 MiB with one descriptor, image index or"
          + " manifest";

  private final IpfsContent content;
  private final Scratch scratch;

  LayoutReader(IpfsContent content, Scratch scratch) {
    this.content = content;
    this.scratch = scratch;
  }

  /**
   * Reads an entity's top.
   *
   * @param wanted the only acceptable layout; empty for any
   * @throws FetchException {@link Reason#LAYOUT_UNRECOGNIZED}, {@link Reason#LAYOUT_AMBIGUOUS},
   *     {@link Reason#MALFORMED_MANIFEST}, {@link Reason#MANIFEST_TOO_LARGE}
   */
  RecognizedImage read(Entity entity, Optional<Layout> wanted) {
    RecognizedImage image =
        switch (entity) {
          case Entity.Directory directory -> directory(directory);
          case Entity.File file -> file(file);
        };
    if (wanted.isPresent() && wanted.get() != image.layout()) {
      throw unrecognized(
          entity,
          "expected the layout " + wanted.get().label() + ", found " + image.layout().label());
    }
    return image;
  }

  private RecognizedImage directory(Entity.Directory directory) {
    Optional<Entity> marker = content.child(directory, "oci-layout");
    Optional<Entity> index = content.child(directory, "index.json");
    boolean isOci =
        marker.orElse(null) instanceof Entity.File && index.orElse(null) instanceof Entity.File;
    Optional<IpdrDirectory> ipdr =
        marker.isPresent() && !isOci
            ? Optional.empty()
            : IpdrDirectory.find(content, directory)
                .filter(found -> !isOci || found.hasUsualImage(content));
    if (isOci && ipdr.isPresent()) {
      throw new FetchException(
          Reason.LAYOUT_AMBIGUOUS,
          "failed to recognise an image in "
              + directory.cid()
              + ": it is both an OCI image layout and an IPDR directory, which may hold different"
              + " images; publish them apart");
    }
    if (ipdr.isPresent()) {
      return new IpdrReader(content).read(ipdr.get());
    }
    if (isOci) {
      return ociLayout(
          directory, (Entity.File) marker.orElseThrow(), (Entity.File) index.orElseThrow());
    }
    throw unrecognized(
        directory,
        "it is a directory without "
            + (marker.isEmpty() ? "a file oci-layout" : "a file index.json")
            + "; "
            + ACCEPTED);
  }

  private RecognizedImage ociLayout(
      Entity.Directory directory, Entity.File markerFile, Entity.File indexFile) {
    LayoutMarker.check(WholeFile.read(content, markerFile, "oci-layout", MAX_MARKER_BYTES));
    byte[] json = WholeFile.read(content, indexFile, "index.json", ImageGraph.MAX_DOCUMENT_BYTES);
    return new RecognizedImage(
        Layout.OCI_LAYOUT,
        directory.cid(),
        ImageIndex.parse(json, MediaTypes.OCI_INDEX, "index.json").manifests(),
        new OciLayoutBlobs(content, directory));
  }

  private RecognizedImage file(Entity.File file) {
    IpfsBytes bytes = new IpfsBytes(content, file);
    byte[] head = bytes.read(0, ArchiveForm.HEAD);
    return switch (ArchiveForm.of(head)) {
      case TAR -> {
        if (head[0] == '{') {
          throw new FetchException(
              Reason.LAYOUT_AMBIGUOUS,
              "failed to recognise an image in "
                  + file.cid()
                  + ": it is an archive that starts like a JSON document, and which one is meant"
                  + " depends on the reader");
        }
        yield new ArchiveReader(scratch).read(file.cid(), bytes);
      }
      case COMPRESSED -> new ArchiveReader(scratch).read(file.cid(), bytes);
      case CAR -> car(file, bytes);
      case OTHER -> document(file);
    };
  }

  private RecognizedImage car(Entity.File file, IpfsBytes bytes) {
    if (content instanceof CarFile) {
      throw unrecognized(file, "it is a CAR within a CAR");
    }
    CarFile car = carFile(bytes);
    if (car.roots().size() != 1) {
      throw new FetchException(
          car.roots().isEmpty() ? Reason.LAYOUT_UNRECOGNIZED : Reason.LAYOUT_AMBIGUOUS,
          "failed to recognise an image in "
              + file.cid()
              + ": it is a CAR with "
              + car.roots().size()
              + " roots that can be read, expected one");
    }
    Entity inner = car.resolve(car.roots().get(0), List.of());
    RecognizedImage image = new LayoutReader(car, scratch).read(inner, Optional.empty());
    return new RecognizedImage(Layout.CAR, file.cid(), image.roots(), image.blobs());
  }

  private CarFile carFile(IpfsBytes bytes) {
    FileChannel local = LocalBytes.of(bytes, scratch).channel();
    try {
      return CarFile.open(local);
    } catch (FetchException e) {
      if (e.reason() != Reason.MALFORMED_CAR && e.reason() != Reason.BLOCK_MISMATCH) {
        throw e;
      }
      // No gateway's fault: the bytes are those of the CID.
      throw new FetchException(Reason.MALFORMED_ARCHIVE, e.getMessage(), e);
    }
  }

  private RecognizedImage document(Entity.File file) {
    if (file.size() > ImageGraph.MAX_DOCUMENT_BYTES) {
      throw unrecognized(file, "it is a file of " + file.size() + " bytes; " + ACCEPTED);
    }
    byte[] bytes = WholeFile.read(content, file, "the root", ImageGraph.MAX_DOCUMENT_BYTES);
    if (bytes.length == 0 || bytes[0] != '{') {
      throw unrecognized(file, "it is a file that isn't JSON; " + ACCEPTED);
    }
    TopDocument document = TopDocument.parse(bytes, "the root document " + file.cid());
    if (document.descriptor().isPresent()) {
      WholeFile.requireSize(file, "the root descriptor", MAX_ROOT_BYTES);
      return new RecognizedImage(
          Layout.NERDCTL_DESCRIPTOR,
          file.cid(),
          List.of(document.descriptor().get()),
          new LinkedBlobs(content));
    }
    String mediaType =
        document
            .imageMediaType()
            .orElseThrow(
                () ->
                    unrecognized(
                        file, "it is JSON, but no descriptor, index or manifest; " + ACCEPTED));
    Descriptor root =
        new Descriptor(mediaType, Digest.of(Digest.Algorithm.SHA256, bytes), bytes.length);
    return new RecognizedImage(
        Layout.MANIFEST, file.cid(), List.of(root), new ManifestBlobs(content, root, file));
  }

  private static FetchException unrecognized(Entity entity, String cause) {
    return new FetchException(
        Reason.LAYOUT_UNRECOGNIZED,
        "failed to recognise an image in " + entity.cid() + ": " + cause);
  }
}
