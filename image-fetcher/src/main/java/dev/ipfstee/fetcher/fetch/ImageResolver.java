package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.archive.Scratch;
import dev.ipfstee.fetcher.ipfs.Entity;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.report.FetchException;
import java.util.List;

/** Finds out what a reference names, without downloading layers. */
public final class ImageResolver {
  private final IpfsContent content;
  private final Scratch scratch;

  /**
   * @param scratch takes archives that can't be read in place
   */
  public ImageResolver(IpfsContent content, Scratch scratch) {
    this.content = content;
    this.scratch = scratch;
  }

  /**
   * Reads and checks all documents of an image.
   *
   * @param record is told what is found out
   * @throws FetchException for every refusal and failure
   */
  public void inspect(FetchRequest request, RunRecord record) {
    RecognizedImage recognized = recognize(request, record);
    DocumentReader documents = new DocumentReader(DocumentSources.located(recognized.blobs()));
    resolve(request, recognized, documents, record);
  }

  RecognizedImage recognize(FetchRequest request, RunRecord record) {
    Entity entity = content.resolve(request.reference().root(), request.reference().path());
    record.located(entity.cid());
    return new LayoutReader(content, scratch).read(entity, request.layout());
  }

  /** Chooses, checks and plans; fetching and inspecting come to the same verdicts by it. */
  static ResolvedImage resolve(
      FetchRequest request,
      RecognizedImage recognized,
      DocumentReader documents,
      RunRecord record) {
    record.recognized(recognized);
    documents.count(recognized.roots());
    SelectedImage image =
        new ImageSelector(documents)
            .select(
                recognized.roots(), request.refName(), request.platforms(), request.anyPlatform());
    record.selected(image);
    ImagePolicy.checkDigest(request, image.root());
    List<String> warnings = ImagePolicy.check(request, image);
    FetchPlan plan = FetchPlan.of(image, request.maxBytes());
    record.accepted(image, plan.bytes(), warnings);
    return new ResolvedImage(image, plan);
  }
}
