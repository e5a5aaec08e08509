package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.archive.ArchiveBytes;
import dev.ipfstee.fetcher.archive.MemberFile;
import dev.ipfstee.fetcher.archive.Scratch;
import dev.ipfstee.fetcher.archive.TarArchive;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.ImageIndex;
import dev.ipfstee.fetcher.oci.LayoutMarker;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.ImageGraph;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;

/** Recognises the image in a tar: an image layout, or what {@code docker save} wrote before it. */
final class ArchiveReader {
  private final Scratch scratch;

  ArchiveReader(Scratch scratch) {
    this.scratch = scratch;
  }

  /**
   * Reads an archive's top.
   *
   * @param cid the file that is the archive
   * @throws FetchException {@link Reason#LAYOUT_UNRECOGNIZED}, {@link Reason#LAYOUT_AMBIGUOUS},
   *     {@link Reason#MALFORMED_ARCHIVE}, {@link Reason#MALFORMED_MANIFEST}, {@link
   *     Reason#MANIFEST_TOO_LARGE}, {@link Reason#IMAGE_TOO_LARGE}, {@link Reason#DIGEST_MISMATCH}
   */
  RecognizedImage read(Cid cid, ArchiveBytes bytes) {
    return read(cid, TarArchive.read(bytes, scratch));
  }

  /** The same for an archive whose headers were read. */
  RecognizedImage read(Cid cid, TarArchive archive) {
    Optional<MemberFile> marker = archive.file("oci-layout");
    Optional<MemberFile> index = archive.file("index.json");
    Optional<MemberFile> saved = archive.file("manifest.json");
    if (marker.isPresent() && index.isPresent()) {
      LayoutMarker.check(marker.get().document(LayoutReader.MAX_MARKER_BYTES));
      List<Descriptor> roots = roots(index.get());
      if (!roots.isEmpty() || saved.isEmpty()) {
        return new RecognizedImage(
            Layout.OCI_ARCHIVE, cid, roots, blob -> member(archive, cid, blob));
      }
    }
    if (saved.isPresent()) {
      return new DockerArchive(archive, cid, scratch).read(saved.get());
    }
    throw new FetchException(
        Reason.LAYOUT_UNRECOGNIZED,
        "failed to recognise an image in "
            + cid
            + ": it is an archive with neither oci-layout and index.json nor manifest.json at its"
            + " top; make it with skopeo copy (oci-archive:, docker-archive:) or docker save");
  }

  private static List<Descriptor> roots(MemberFile index) {
    return ImageIndex.parse(
            index.document(ImageGraph.MAX_DOCUMENT_BYTES), MediaTypes.OCI_INDEX, "index.json")
        .manifests();
  }

  private static BlobSource member(TarArchive archive, Cid cid, Descriptor blob) {
    String name = "blobs/" + blob.digest().algorithm().label() + "/" + blob.digest().hex();
    MemberFile member = archive.file(name).orElseThrow(() -> missing(name, cid));
    BlobSizes.check(blob, member);
    return new MemberSource(member);
  }

  static void write(byte[] bytes, OutputStream sink) {
    try {
      sink.write(bytes);
    } catch (IOException e) {
      throw new FetchException(Reason.IO_ERROR, "failed to write a document: " + e.getMessage(), e);
    }
  }

  static FetchException missing(String name, Cid cid) {
    return new FetchException(
        Reason.BLOB_MISSING,
        "failed to find '"
            + Printable.escape(name, 200)
            + "' in the archive "
            + cid
            + "; publish the complete archive");
  }
}
