package dev.ipfstee.api.v1alpha1;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** A Deployment's worth of confidential pods, run from images that are named by their CID. */
@Group(ApiGroup.GROUP)
@Version(ApiGroup.VERSION)
@ShortNames("teew")
@Categories(ApiGroup.CATEGORY)
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(
    name = "Replicas",
    type = AdditionalPrinterColumn.Type.INTEGER,
    jsonPath = ".spec.replicas")
@AdditionalPrinterColumn(
    name = "Running",
    type = AdditionalPrinterColumn.Type.INTEGER,
    jsonPath = ".status.readyReplicas")
@AdditionalPrinterColumn(name = "Profile", jsonPath = ".spec.tee.profile")
@AdditionalPrinterColumn(
    name = "Confidential",
    jsonPath = ".status.conditions[?(@.type==\"Confidential\")].status")
@AdditionalPrinterColumn(
    name = "Status",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].message")
@AdditionalPrinterColumn(name = "Digest", jsonPath = ".status.images[*].digest", priority = 1)
@AdditionalPrinterColumn(
    name = "Age",
    type = AdditionalPrinterColumn.Type.DATE,
    jsonPath = ".metadata.creationTimestamp")
@ValidationRule(
    value = "self.metadata.name.size() <= 63",
    message = "metadata.name must be at most 63 characters, because it becomes a label of the pods")
public class TeeWorkload extends CustomResource<TeeWorkloadSpec, TeeWorkloadStatus>
    implements Namespaced {

  @Override
  protected TeeWorkloadSpec initSpec() {
    return null;
  }

  @Override
  protected TeeWorkloadStatus initStatus() {
    return null;
  }
}
