package dev.ipfstee.operator;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.operator.config.OperatorConfig;
import dev.ipfstee.operator.ipfsimage.FetchObservation;
import io.fabric8.kubernetes.client.CustomResource;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** The bounds that keep decisions readable and testable without a cluster. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          // The tests of the API come as a jar once it is packaged.
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.ipfstee.operator", "dev.ipfstee.api");

  private static final DescribedPredicate<JavaClass> CLUSTER =
      resideInAnyPackage(
              "io.fabric8.kubernetes.client..",
              "io.javaoperatorsdk..",
              "io.quarkus..",
              "jakarta..",
              "java.net.http..")
          // Only data: what the classes of our kinds extend.
          .and(not(type(CustomResource.class)))
          .as("reach a cluster");

  /** The roles that meet the cluster, by the names of their classes; all others decide or build. */
  private static final String MEETS_THE_CLUSTER =
      ".*\\.(\\w+(Reconciler|Gatherer|EventSources?|Writer|Sweeper|Ownership)"
          + "|HttpNodeInventory|WorkloadsUsingImage|ServerWords|StatusPatch)(\\$.*)?";

  @Test
  void allClassesAreThere() {
    assertThat(CLASSES.contain(OperatorConfig.class)).isTrue();
    assertThat(CLASSES.contain(FetchObservation.class)).isTrue();
    assertThat(CLASSES.contain(IpfsImage.class)).isTrue();
    assertThat(CLASSES.contain(ArchitectureTest.class)).isFalse();
  }

  @Test
  void whatDecidesOrBuildsMeetsNoCluster() {
    noClasses()
        .that(decideOrBuild())
        .should()
        .dependOnClassesThat(CLUSTER)
        .because("the same inputs must give the same decision, in a test as in a cluster")
        .check(CLASSES);
  }

  @Test
  void whatDecidesOrBuildsHasNoClockNoDiceAndNoFiles() {
    noClasses()
        .that(decideOrBuild())
        .should()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(Clock.class, "systemUTC")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "getenv", String.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(RandomGenerator.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Files.class)
        .because("time and chance are inputs, or nobody can replay a decision")
        .check(CLASSES);
  }

  @Test
  void theTwoKindsDoNotKnowEachOthersInsides() {
    noClasses()
        .that(resideInAPackage("..operator.ipfsimage.."))
        .should()
        .dependOnClassesThat(resideInAPackage("..operator.teeworkload.."))
        .because("they meet in the API: a workload reads the status of an image, no more")
        .check(CLASSES);
    noClasses()
        .that(resideInAPackage("..operator.teeworkload.."))
        .should()
        .dependOnClassesThat(resideInAPackage("..operator.ipfsimage.."))
        .because("they meet in the API: a workload reads the status of an image, no more")
        .check(CLASSES);
  }

  @Test
  void packagesDependOnEachOtherInOneDirection() {
    slices().matching("dev.ipfstee.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void theApiNeedsNeitherOperatorNorFramework() {
    classes()
        .that()
        .resideInAPackage("dev.ipfstee.api..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                    "dev.ipfstee.api..",
                    "java..",
                    "com.fasterxml.jackson..",
                    "io.fabric8.crd.generator.annotation..",
                    "io.fabric8.generator.annotation..",
                    "io.fabric8.kubernetes.api.model..",
                    "io.fabric8.kubernetes.model.annotation..")
                .or(type(CustomResource.class)))
        .because("others may read and write the API in Java without our operator")
        .check(CLASSES);
  }

  private static DescribedPredicate<JavaClass> decideOrBuild() {
    return resideInAnyPackage(
            "..operator.ipfsimage..",
            "..operator.teeworkload..",
            "..operator.check..",
            "..operator.credential..",
            "..operator.kubernetes..",
            "..operator.status..")
        .and(not(meetTheCluster()))
        .as("decide or build");
  }

  private static DescribedPredicate<JavaClass> meetTheCluster() {
    return DescribedPredicate.describe(
        "meet the cluster", type -> type.getName().matches(MEETS_THE_CLUSTER));
  }
}
