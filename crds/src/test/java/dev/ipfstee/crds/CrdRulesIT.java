package dev.ipfstee.crds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ipfstee.api.v1alpha1.Gateway;
import dev.ipfstee.api.v1alpha1.ImageLimits;
import dev.ipfstee.api.v1alpha1.ImageSource.Layout;
import dev.ipfstee.api.v1alpha1.ImageVerification;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.RolloutStrategy;
import dev.ipfstee.api.v1alpha1.SecretReference;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.testing.ApiServer;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.autoscaling.v1.Scale;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a real API server makes of the CRDs: every rule by the words with which it refuses. */
class CrdRulesIT {
  private static final String CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";

  private static final String IMAGE =
      """
      apiVersion: ipfstee.dev/v1alpha1
      kind: IpfsImage
      metadata: {generateName: image-}
      spec: {source: {uri: "ipfs://%s"}}
      """
          .formatted(CID);

  private static final String WORKLOAD =
      """
      apiVersion: ipfstee.dev/v1alpha1
      kind: TeeWorkload
      metadata: {generateName: workload-}
      spec:
        tee: {profile: snp}
        template:
          spec:
            containers: [{name: app, image: "ipfs://%s"}]
      """
          .formatted(CID);

  private static KubernetesClient client;
  private static String namespace;

  @BeforeAll
  static void start() {
    ApiServer server = ApiServer.shared().withCrds();
    client = server.client();
    namespace = server.newNamespace("crd-rules");
  }

  /** A base object, what is merged into it, and what the server must say. */
  record Refusal(String base, String change, String message) {
    @Override
    public String toString() {
      return change.strip();
    }
  }

  static Stream<Refusal> refusals() {
    return Stream.of(
        image("{spec: {source: null}}", "spec.source: Required value"),
        image("{spec: {source: {uri: null}}}", "spec.source.uri: Required value"),
        refName("--store=/"),
        refName("a b"),
        refName("a#b"),
        refName("/a"),
        image(
            "{spec: {source: {refName: ''}}}",
            "spec.source.refName: Invalid value: \"\": spec.source.refName in body should be at "
                + "least 1 chars long"),
        image(
            "{spec: {source: {refName: " + "a".repeat(385) + "}}}",
            "spec.source.refName: Too long: may not be more than 384 bytes"),
        image(
            "{spec: {source: {uri: ''}}}",
            "spec.source.uri: Invalid value: \"\": spec.source.uri in body should be at "
                + "least 1 chars long"),
        image(
            uri("ipfs://" + CID + "/" + "a".repeat(2048)),
            "spec.source.uri: Too long: may not be more than 2048 bytes"),
        image(
            uri("ipns://example.org"),
            "uri must name content by its CID: an IPNS name can change what it points to"),
        image(
            uri("https://gateway.example/ipns/example.org"),
            "uri must name content by its CID: an IPNS name can change what it points to"),
        image(uri("docker.io/library/nginx:1"), URI_FORM),
        image(uri(CID + "/images/app"), URI_FORM),
        image(uri("ipfs://user@" + CID), URI_FORM),
        image(uri("ipfs://" + CID + "?format=car"), URI_FORM),
        image(uri("ipfs://" + CID + "#top"), URI_FORM),
        image(uri("ipfs://" + CID + "/a b"), URI_FORM),
        image(uri("https://user:secret@gateway.example/ipfs/" + CID), URI_FORM),
        image(uri("https://gateway.example/" + CID), URI_FORM),
        image(
            "{spec: {source: {layout: Tar}}}",
            "spec.source.layout: Unsupported value: \"Tar\": supported values: \"Auto\", "
                + "\"Car\", \"DockerArchive\", \"Ipdr\", \"Manifest\", \"NerdctlDescriptor\", "
                + "\"OciArchive\", \"OciLayout\""),
        image("{spec: {gateways: [{}]}}", "spec.gateways[0].url: Required value"),
        image(gateway("ftp://gateway.example"), GATEWAY_FORM),
        image(gateway("https://user:secret@gateway.example"), GATEWAY_FORM),
        image(gateway("https://gateway.example?token=x"), GATEWAY_FORM),
        image(gateway("https://"), GATEWAY_FORM),
        image(gateway("https://gateway.example/ipfs"), GATEWAY_FORM),
        image(gateway("https://gateway.example//"), GATEWAY_FORM),
        image(gateway("https://gateway.example#top"), GATEWAY_FORM),
        image(gateway("https://gateway.example:port"), GATEWAY_FORM),
        image(gateway("https://gate way.example"), GATEWAY_FORM),
        image(gateway("https://::1"), GATEWAY_FORM),
        image(
            "{spec: {gateways: [{url: 'http://a', tokenSecretRef: {name: t}}]}}",
            "tokenSecretRef needs an https:// url: a token is never sent in the clear"),
        image(
            "{spec: {gateways: [{url: 'http://a', caSecretRef: {name: t}}]}}",
            "caSecretRef needs an https:// url"),
        image(
            "{spec: {gateways: [{url: 'https://a', tokenSecretRef: {}}]}}",
            "spec.gateways[0].tokenSecretRef.name: Required value"),
        image(
            "{spec: {gateways: [{url: 'https://a', tokenSecretRef: {name: ''}}]}}",
            "spec.gateways[0].tokenSecretRef.name in body should be at least 1 chars long"),
        image(
            "{spec: {gateways: [{url: 'https://a', caSecretRef: {name: other/secret}}]}}",
            "name must be the name of a Secret in the same namespace"),
        image(
            "{spec: {gateways: [{url: 'https://a'}, {url: 'https://a'}]}}",
            "spec.gateways: Invalid value: gateways must not name a url twice"),
        image(
            "{spec: {gateways: [" + "{url: 'https://a'},".repeat(9) + "]}}",
            "spec.gateways: Too many: 9: must have at most 8 items"),
        image("{spec: {expected: {}}}", "spec.expected.digest: Required value"),
        image(
            "{spec: {expected: {digest: 'sha256:" + "A".repeat(64) + "'}}}",
            "digest must be sha256: and 64, or sha512: and 128 lower-case hex digits"),
        image("{spec: {platforms: []}}", "spec.platforms in body should have at least 1 items"),
        image(
            "{spec: {platforms: [windows/amd64]}}",
            "platforms must have the form linux/ARCH[/VARIANT], as in linux/arm64/v8"),
        image(
            "{spec: {platforms: [linux/amd64, linux/amd64]}}",
            "platforms must not name a platform twice"),
        image(
            "{spec: {limits: {maxBytes: 1Ki}}}",
            "maxBytes must be a quantity from 1Mi to 1Ti, as in 10Gi"),
        image(
            "{spec: {limits: {maxBytes: lots}}}",
            "maxBytes must be a quantity from 1Mi to 1Ti, as in 10Gi"),
        image(
            "{spec: {limits: {maxBytes: 2Ti}}}",
            "maxBytes must be a quantity from 1Mi to 1Ti, as in 10Gi"),
        image(
            "{spec: {limits: {maxLayers: 0}}}",
            "spec.limits.maxLayers in body should be greater than or equal to 1"),
        image(
            "{spec: {limits: {maxLayers: 1001}}}",
            "spec.limits.maxLayers in body should be less than or equal to 1000"),
        image(
            "{spec: {limits: {timeout: 9s, stallTimeout: 5s}}}",
            "timeout must be a duration from 10s to 24h, as in 90s, 30m or 1h30m"),
        image(
            "{spec: {limits: {timeout: 25h}}}",
            "timeout must be a duration from 10s to 24h, as in 90s, 30m or 1h30m"),
        image(
            "{spec: {limits: {timeout: soon}}}",
            "timeout must be a duration from 10s to 24h, as in 90s, 30m or 1h30m"),
        image(
            "{spec: {limits: {stallTimeout: 0s}}}",
            "stallTimeout must be a duration from 1s to 1h, as in 30s or 2m"),
        image(
            "{spec: {limits: {timeout: 1m, stallTimeout: 2m}}}",
            "spec.limits: Invalid value: stallTimeout (30s if not given) must not be longer than"
                + " timeout"),
        image(
            "{spec: {verification: {config: Off}}}",
            "spec.verification.config: Unsupported value: \"Off\": supported values: "
                + "\"Enforce\", \"Warn\""),
        workload(
            "{metadata: {name: a" + "b".repeat(63) + "}}",
            "metadata.name must be at most 63 characters, because it becomes a label of the pods"),
        workload("{spec: {tee: null}}", "spec.tee: Required value"),
        workload("{spec: {template: null}}", "spec.template: Required value"),
        workload("{spec: {tee: {profile: null}}}", "spec.tee.profile: Required value"),
        workload(
            "{spec: {tee: {profile: SNP}}}",
            "profile must be the name of one of the operator's profiles, as in snp"),
        workload(
            "{spec: {tee: {runtimeClassName: Kata_QEMU}}}",
            "runtimeClassName must be the name of a RuntimeClass"),
        workload(
            "{spec: {replicas: -1}}", "spec.replicas in body should be greater than or equal to 0"),
        workload(
            "{spec: {replicas: 10001}}",
            "spec.replicas in body should be less than or equal to 10000"),
        workload(
            "{spec: {revisionHistoryLimit: 101}}",
            "spec.revisionHistoryLimit in body should be less than or equal to 100"),
        workload(
            "{spec: {strategy: {type: OnDelete}}}",
            "spec.strategy.type: Unsupported value: \"OnDelete\": supported values: "
                + "\"Recreate\", \"RollingUpdate\""),
        workload(
            "{spec: {strategy: {type: Recreate, rollingUpdate: {maxSurge: 0}}}}",
            "spec.strategy: Invalid value: rollingUpdate is only for type RollingUpdate"),
        workload(
            "{spec: {images: [{container: web, ipfsImage: agent}]}}",
            "images[].container must be the name of a container or initContainer of the template"),
        workload(
            "{spec: {images: [{container: app, ipfsImage: a}, {container: app, ipfsImage: b}]}}",
            "spec.images[1]: Duplicate value: {\"container\":\"app\"}"),
        workload(
            "{spec: {images: [{container: app, ipfsImage: 'Not a name'}]}}",
            "ipfsImage must be the name of an IpfsImage in the same namespace"),
        workload(
            "{spec: {template: {spec: {containers: []}}}}",
            "spec.template.spec.containers in body should have at least 1 items"),
        workload(
            "{spec: {template: {spec: {containers: [{image: a}]}}}}",
            "spec.template.spec.containers[0].name: Required value"),
        workload(
            "{spec: {template: {spec: {containers: app}}}}",
            "spec.template.spec.containers in body must be of type array"),
        workload(
            "{spec: {template: {spec: {containers: [{name: a}, {name: a}]}}}}",
            "spec.template.spec.containers[1]: Duplicate value: {\"name\":\"a\"}"));
  }

  private static final String URI_FORM =
      "uri must be ipfs://CID[/path], /ipfs/CID[/path], a bare CID, https://HOST/ipfs/CID[/path] or"
          + " https://CID.ipfs.HOST[/path], without user info, query, fragment or white space";

  private static final String GATEWAY_FORM =
      "url must be https://HOST[:PORT] or http://HOST[:PORT], without path, user info, query or"
          + " fragment";

  @ParameterizedTest
  @MethodSource("refusals")
  void refusesWithWordsThatHelp(Refusal refusal) {
    GenericKubernetesResource object = merge(refusal.base(), refusal.change());

    assertThat(refusalOf(() -> create(object))).contains(refusal.message());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ipfs://" + CID,
        "ipfs://" + CID + "/images/app/",
        "/ipfs/" + CID,
        CID,
        "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG",
        "https://gateway.example/ipfs/" + CID + "/with%20space",
        "http://127.0.0.1:8080/ipfs/" + CID,
        "https://" + CID + ".ipfs.dweb.link/images/app"
      })
  void acceptsEveryFormOfReference(String uri) {
    assertThat(create(merge(IMAGE, uri(uri))).getMetadata().getUid()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://gateway.example",
        "https://gateway.example/",
        "http://kubo.ipfs.svc.cluster.local:8080",
        "http://127.0.0.1:8080/",
        "http://[fd00::1]:8080",
        "http://[::1]"
      })
  void acceptsEveryFormOfGateway(String url) {
    assertThat(create(merge(IMAGE, gateway(url))).getMetadata().getUid()).isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void acceptsEveryLayout(Layout layout) {
    GenericKubernetesResource image =
        create(merge(IMAGE, "{spec: {source: {layout: " + layout + "}}}"));

    assertThat(typed(image, IpfsImage.class).getSpec().source().layout()).isEqualTo(layout);
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "docker.io/library/my__app:v1.0_-x", "_a", "a@sha256:b+c"})
  void acceptsEveryNameOfAnImage(String name) {
    GenericKubernetesResource image =
        create(merge(IMAGE, "{spec: {source: {refName: '" + name + "'}}}"));

    assertThat(typed(image, IpfsImage.class).getSpec().source().refName()).isEqualTo(name);
  }

  @Test
  void acceptsAllFieldsAtOnce() {
    GenericKubernetesResource image =
        create(
            merge(
                IMAGE,
                """
                spec:
                  source: {layout: OciLayout}
                  gateways:
                    - url: https://a.example
                      tokenSecretRef: {name: a-token}
                      caSecretRef: {name: a-ca}
                    - url: http://b.example:8080
                  expected: {digest: "sha256:%s"}
                  platforms: [linux/amd64, linux/arm64/v8]
                  limits: {maxBytes: 1500M, maxLayers: 10, timeout: 1h30m, stallTimeout: 2m}
                  verification: {config: Warn}
                  suspend: true
                """
                    .formatted("0".repeat(64))));

    IpfsImage typed = typed(image, IpfsImage.class);
    assertThat(typed.getSpec().suspend()).isTrue();
    assertThat(typed.getSpec().gateways())
        .containsExactly(
            new Gateway(
                "https://a.example", new SecretReference("a-token"), new SecretReference("a-ca")),
            new Gateway("http://b.example:8080", null, null));
    assertThat(typed.getSpec().limits()).isEqualTo(new ImageLimits("1500M", 10, "1h30m", "2m"));
  }

  record Change(String before, String after, String message) {
    @Override
    public String toString() {
      return before.strip() + " -> " + after.strip();
    }
  }

  static Stream<Change> immutable() {
    String digest = "{spec: {expected: {digest: 'sha256:" + "0".repeat(64) + "'}}}";
    String source = "spec.source: Invalid value: source is immutable: make a new IpfsImage";
    String expected = "expected can't be added or removed: make a new IpfsImage";
    String platforms = "platforms can't be added or removed: make a new IpfsImage";
    return Stream.of(
        new Change("{}", uri("ipfs://QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG"), source),
        new Change("{}", "{spec: {source: {layout: OciLayout}}}", source),
        new Change("{}", "{spec: {source: {refName: v1}}}", source),
        new Change("{}", digest, expected),
        new Change(digest, "{spec: {expected: null}}", expected),
        new Change(
            digest,
            "{spec: {expected: {digest: 'sha256:" + "1".repeat(64) + "'}}}",
            "spec.expected: Invalid value: expected is immutable: make a new IpfsImage"),
        new Change("{}", "{spec: {platforms: [linux/amd64]}}", platforms),
        new Change("{spec: {platforms: [linux/amd64]}}", "{spec: {platforms: null}}", platforms),
        new Change(
            "{spec: {platforms: [linux/amd64]}}",
            "{spec: {platforms: [linux/arm64]}}",
            "spec.platforms: Invalid value: platforms is immutable: make a new IpfsImage"));
  }

  @ParameterizedTest
  @MethodSource("immutable")
  void refusesToTurnAnImageIntoAnother(Change change) {
    GenericKubernetesResource before = create(merge(IMAGE, change.before()));
    GenericKubernetesResource after = merge(Serialization.asYaml(before), change.after());

    assertThat(refusalOf(() -> resource(after).update())).contains(change.message());
  }

  @Test
  void letsGatewaysLimitsAndSuspensionOfAnImageChange() {
    GenericKubernetesResource before = create(merge(IMAGE, "{}"));
    GenericKubernetesResource after =
        merge(
            Serialization.asYaml(before),
            "{spec: {gateways: [{url: 'https://a'}], limits: {timeout: 1h}, suspend: true}}");

    assertThat(typed(resource(after).update(), IpfsImage.class).getSpec().limits().timeout())
        .isEqualTo("1h");
  }

  @Test
  void defaultsOfTheServerAreThoseOfTheJavaTypes() {
    IpfsImage image = typed(create(merge(IMAGE, "{}")), IpfsImage.class);
    JsonNode stored = Serialization.unmarshal(Serialization.asYaml(image), JsonNode.class);
    assertThat(image.getSpec().source().layout()).isEqualTo(Layout.Auto);
    assertThat(image.getSpec().limits()).isEqualTo(ImageLimits.DEFAULT);
    assertThat(image.getSpec().verification()).isEqualTo(ImageVerification.DEFAULT);
    assertThat(image.getSpec().suspend()).isFalse();
    assertThat(stored.at("/spec/suspend").isBoolean()).isTrue();
    assertThat(stored.at("/spec/limits/maxBytes").asText()).isEqualTo("10Gi");

    GenericKubernetesResource raw =
        create(merge(WORKLOAD, "{spec: {strategy: {rollingUpdate: {maxSurge: 0}}}}"));
    assertThat(raw.<Object>get("spec", "replicas")).isEqualTo(1);
    assertThat(raw.<Object>get("spec", "paused")).isEqualTo(false);
    assertThat(raw.<Object>get("spec", "revisionHistoryLimit")).isEqualTo(10);
    assertThat(raw.<Object>get("spec", "tee", "requireConfidential")).isEqualTo(true);
    assertThat(raw.<Object>get("spec", "strategy", "type")).isEqualTo("RollingUpdate");
    TeeWorkload workload = typed(raw, TeeWorkload.class);
    assertThat(workload.getSpec().strategy().type()).isEqualTo(RolloutStrategy.Type.RollingUpdate);
  }

  @Test
  void aNewObjectReadsAsInProgress() {
    for (String base : List.of(IMAGE, WORKLOAD)) {
      GenericKubernetesResource created = create(merge(base, "{}"));
      assertThat(created.<Object>get("status", "observedGeneration")).isEqualTo(-1);
      assertThat(Kstatus.of(created)).isEqualTo(Kstatus.IN_PROGRESS);
    }
  }

  @Test
  void dropsUnknownFieldsButNothingOfATemplate() {
    GenericKubernetesResource created =
        create(
            merge(
                WORKLOAD,
                """
                spec:
                  colour: green
                  template:
                    metadata: {labels: {app: agent}, annotations: {}}
                    spec:
                      containers:
                      - {name: app, args: [], aFieldOfTheFuture: {deep: [1, 2.5, "", null]}}
                      anotherOne: "0.50"
                """));

    assertThat(created.<Object>get("spec", "colour")).isNull();
    JsonNode template = typed(created, TeeWorkload.class).getSpec().template();
    assertThat(Serialization.asYaml(template))
        .contains("aFieldOfTheFuture", "2.5", "args: []", "anotherOne: \"0.50\"", "app: \"agent\"");
  }

  @Test
  void conditionsOfOneTypeAreOneEntry() {
    GenericKubernetesResource image = create(merge(IMAGE, "{}"));
    GenericKubernetesResource twice =
        merge(
            Serialization.asYaml(image),
            """
            status:
              conditions:
              - &ready
                type: Ready
                status: "True"
                reason: Distributed
                message: ""
                lastTransitionTime: "2026-01-01T00:00:00Z"
              - *ready
            """);

    assertThat(refusalOf(() -> resource(twice).updateStatus()))
        .contains("status.conditions[1]: Duplicate value: {\"type\":\"Ready\"}");
  }

  @Test
  void conditionsMustBeWhole() {
    GenericKubernetesResource image = create(merge(IMAGE, "{}"));
    GenericKubernetesResource broken =
        merge(
            Serialization.asYaml(image),
            "{status: {conditions: [{type: Ready, status: Maybe, reason: 'two words'}]}}");

    assertThat(refusalOf(() -> resource(broken).updateStatus()))
        .contains(
            "status.conditions[0].lastTransitionTime: Required value",
            "status.conditions[0].message: Required value",
            "status.conditions[0].status: Unsupported value: \"Maybe\"",
            "status.conditions[0].reason: Invalid value: \"two words\"");
  }

  @Test
  void scalesLikeADeployment() {
    GenericKubernetesResource created = create(merge(WORKLOAD, "{}"));
    Resource<TeeWorkload> workload =
        client
            .resources(TeeWorkload.class)
            .inNamespace(namespace)
            .withName(created.getMetadata().getName());

    workload.scale(5);

    assertThat(workload.get().getSpec().replicas()).isEqualTo(5);
    resource(
            merge(
                Serialization.asYaml(workload.get()),
                "{status: {replicas: 4, selector: 'ipfstee.dev/workload=agent'}}"))
        .updateStatus();
    Scale scale = workload.scale();
    assertThat(scale.getSpec().getReplicas()).isEqualTo(5);
    assertThat(scale.getStatus().getReplicas()).isEqualTo(4);
    assertThat(scale.getStatus().getSelector()).isEqualTo("ipfstee.dev/workload=agent");
  }

  private static Refusal image(String change, String message) {
    return new Refusal(IMAGE, change, message);
  }

  private static Refusal refName(String name) {
    return image(
        "{spec: {source: {refName: '" + name + "'}}}",
        "refName must be letters, digits and -._:@/+, the first a letter, digit or _, as in"
            + " app:v1");
  }

  private static Refusal workload(String change, String message) {
    return new Refusal(WORKLOAD, change, message);
  }

  private static String uri(String uri) {
    return "{spec: {source: {uri: '%s'}}}".formatted(uri);
  }

  private static String gateway(String url) {
    return "{spec: {gateways: [{url: '%s'}]}}".formatted(url);
  }

  private static GenericKubernetesResource create(GenericKubernetesResource object) {
    return resource(object).create();
  }

  private static Resource<GenericKubernetesResource> resource(GenericKubernetesResource object) {
    return client
        .genericKubernetesResources(
            new ResourceDefinitionContext.Builder()
                .withGroup("ipfstee.dev")
                .withVersion("v1alpha1")
                .withKind(object.getKind())
                .withPlural(object.getKind().equals("IpfsImage") ? "ipfsimages" : "teeworkloads")
                .withNamespaced(true)
                .build())
        .inNamespace(namespace)
        .resource(object);
  }

  private static <T> T typed(GenericKubernetesResource object, Class<T> type) {
    return Serialization.unmarshal(Serialization.asYaml(object), type);
  }

  private static String refusalOf(ThrowingCallable request) {
    KubernetesClientException refused =
        catchThrowableOfType(KubernetesClientException.class, request);
    assertThat(refused).as("the server must refuse").isNotNull();
    return ServerWording.today(refused.getStatus().getMessage());
  }

  /** {@code change} laid over {@code base}: objects are merged, null removes, all else replaces. */
  private static GenericKubernetesResource merge(String base, String change) {
    ObjectNode object = Serialization.unmarshal(base, ObjectNode.class);
    // The marker makes it YAML: what begins with a brace would be read as strict JSON.
    merge(object, Serialization.unmarshal("---\n" + change, ObjectNode.class));
    return Serialization.unmarshal(object.toString(), GenericKubernetesResource.class);
  }

  private static void merge(ObjectNode object, ObjectNode change) {
    for (Map.Entry<String, JsonNode> field : change.properties()) {
      JsonNode old = object.get(field.getKey());
      if (field.getValue().isNull()) {
        object.remove(field.getKey());
      } else if (field.getValue() instanceof ObjectNode part && old instanceof ObjectNode whole) {
        merge(whole, part);
      } else {
        object.set(field.getKey(), field.getValue());
      }
    }
  }
}
