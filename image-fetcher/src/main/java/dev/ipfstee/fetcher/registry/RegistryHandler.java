package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.store.ImageGraph;
import dev.ipfstee.fetcher.store.ImageGraph.Node;
import dev.ipfstee.fetcher.store.StoreReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Answers the pull part of the distribution specification from the store. Blocking and thread-safe.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull">
 *     distribution spec, pull</a>
 */
final class RegistryHandler {

  private final StoreReader store;
  private final RegistryContents contents;
  private final JsonLog log;

  RegistryHandler(StoreReader store, RegistryContents contents, JsonLog log) {
    this.store = store;
    this.contents = contents;
    this.log = log;
  }

  /** The answer to any request; never throws for what a client or the store did. */
  Answer answer(RegistryRequest request) {
    Answer answer;
    try {
      answer = dispatch(request);
    } catch (RegistryException refused) {
      answer = Answer.error(refused.code(), refused.getMessage());
    } catch (FetchException unreadable) {
      log.warn(
          "failed to answer a request",
          Map.of("path", request.path(), "cause", unreadable.getMessage()));
      answer = Answer.error(ErrorCode.UNAVAILABLE, unreadable.getMessage());
    }
    return answer.with("Docker-Distribution-Api-Version", "registry/2.0");
  }

  private Answer dispatch(RegistryRequest request) {
    if (!request.isRead()) {
      return Answer.error(
              ErrorCode.UNSUPPORTED,
              "this registry is read only: its content comes from IPFS by 'image-fetcher fetch'")
          .with("Allow", "GET, HEAD");
    }
    return switch (DistributionPath.parse(request.path())) {
      case DistributionPath.Base base -> Answer.json(200, Map.of());
      case DistributionPath.ManifestByTag of -> manifest(of, request);
      case DistributionPath.ManifestByDigest of ->
          manifest(of.cid(), repository(of.cid()), of.digest(), request);
      case DistributionPath.Blob of -> blob(of.cid(), of.digest(), request);
      case DistributionPath.Tags of -> tags(of.cid(), request);
      case DistributionPath.Referrers of -> referrers(of.cid(), of.digest(), request);
    };
  }

  private Repository repository(String cid) {
    return contents
        .repository(cid)
        .orElseThrow(
            () ->
                new RegistryException(
                    ErrorCode.NAME_UNKNOWN,
                    "this node's store has no image that was fetched for CID " + cid));
  }

  private Answer manifest(DistributionPath.ManifestByTag of, RegistryRequest request) {
    Repository repository = repository(of.cid());
    Digest digest = repository.tags().get(of.tag());
    if (digest == null) {
      throw new RegistryException(
          ErrorCode.MANIFEST_UNKNOWN,
          of.tag().equals(Repository.LATEST)
              ? "'latest' is ambiguous or unchecked, pull by digest: " + repository.images()
              : "tag '"
                  + of.tag()
                  + "' is unknown: there is 'latest' and what came with the image, and digests are"
                  + " better");
    }
    return manifest(of.cid(), repository, digest, request);
  }

  private Answer manifest(
      String cid, Repository repository, Digest digest, RegistryRequest request) {
    Optional<Node> found = repository.node(digest).filter(Node::isDocument);
    if (found.isPresent() && !found.get().stored() && store.blob(digest).isPresent()) {
      // It came after the graph was read, without a change of the index (yet).
      contents.forget(cid);
      found = repository(cid).node(digest).filter(Node::isDocument);
    }
    Node node =
        found.orElseThrow(
            () ->
                new RegistryException(
                    ErrorCode.MANIFEST_UNKNOWN,
                    "manifest " + digest + " is no part of what was fetched for CID " + cid));
    if (!node.stored()) {
      throw new RegistryException(
          ErrorCode.MANIFEST_UNKNOWN,
          "manifest "
              + digest
              + node.platform().map(platform -> " (platform " + platform + ")").orElse("")
              + " is named by the image index, but that platform wasn't fetched to this node");
    }
    if (!AcceptedTypes.accept(request.joined("accept"), node.mediaType())) {
      throw new RegistryException(
          ErrorCode.MANIFEST_UNKNOWN,
          "manifest "
              + digest
              + " is "
              + Printable.escape(node.mediaType(), 100)
              + ", which the Accept header doesn't name; nothing is converted here");
    }
    String etag = BlobAnswer.etag(digest);
    if (request.hasCurrent(etag)) {
      return Answer.notModified(etag).with(BlobAnswer.DIGEST_HEADER, digest.toString());
    }
    return Answer.bytes(
            200, node.mediaType(), store.readDocument(digest, ImageGraph.MAX_DOCUMENT_BYTES))
        .with("ETag", etag)
        .with(BlobAnswer.DIGEST_HEADER, digest.toString());
  }

  private Answer blob(String cid, Digest digest, RegistryRequest request) {
    Node node =
        repository(cid)
            .node(digest)
            .orElseThrow(
                () ->
                    new RegistryException(
                        ErrorCode.BLOB_UNKNOWN,
                        "blob " + digest + " is no part of what was fetched for CID " + cid));
    long size =
        store
            .blobSize(digest)
            .orElseThrow(
                () ->
                    new RegistryException(
                        ErrorCode.BLOB_UNKNOWN,
                        "blob "
                            + digest
                            + " isn't in this node's store, or was found damaged there"));
    if (size != node.size()) {
      String message =
          "blob "
              + digest
              + " is damaged: expected "
              + node.size()
              + " bytes, found "
              + size
              + "; fetch the image again";
      log.warn(message, Map.of("cid", cid));
      throw new RegistryException(ErrorCode.BLOB_UNKNOWN, message);
    }
    return BlobAnswer.of(
        request,
        digest,
        size,
        (offset, length) -> new Answer.FilePart(store.layout().blob(digest), offset, length));
  }

  private Answer tags(String cid, RegistryRequest request) {
    String last = request.query().getOrDefault("last", "");
    List<String> tags =
        repository(cid).tags().keySet().stream().filter(tag -> tag.compareTo(last) > 0).toList();
    String n = request.query().getOrDefault("n", "");
    // More digits than these name more tags than there can be.
    int wanted = n.matches("[0-9]{1,6}") ? Integer.parseInt(n) : tags.size();
    List<String> page = tags.subList(0, Math.min(wanted, tags.size()));
    Map<String, Object> list = new LinkedHashMap<>();
    list.put("name", "ipfs/" + cid);
    list.put("tags", page);
    Answer answer = Answer.json(200, list);
    return page.isEmpty() || page.size() == tags.size()
        ? answer
        : answer.with(
            "Link",
            "</v2/ipfs/%s/tags/list?n=%d&last=%s>; rel=\"next\""
                .formatted(cid, wanted, page.getLast()));
  }

  private Answer referrers(String cid, Digest subject, RegistryRequest request) {
    String artifactType = request.query().get("artifactType");
    List<Object> manifests = new ArrayList<>();
    for (Node node : repository(cid).referrers(subject)) {
      ImageGraph.Referrer referrer = node.referrer().orElseThrow();
      if (artifactType == null || artifactType.equals(referrer.artifactType())) {
        Map<String, Object> descriptor = new LinkedHashMap<>();
        descriptor.put("mediaType", node.mediaType());
        descriptor.put("digest", node.digest().toString());
        descriptor.put("size", node.size());
        descriptor.put("artifactType", referrer.artifactType());
        descriptor.put("annotations", referrer.annotations());
        manifests.add(descriptor);
      }
    }
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("schemaVersion", 2);
    index.put("mediaType", MediaTypes.OCI_INDEX);
    index.put("manifests", manifests);
    Answer answer = Answer.json(200, index).with("Content-Type", MediaTypes.OCI_INDEX);
    return artifactType == null ? answer : answer.with("OCI-Filters-Applied", "artifactType");
  }
}
