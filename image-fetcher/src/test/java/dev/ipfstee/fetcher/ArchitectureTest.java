package dev.ipfstee.fetcher;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The layers of this module, so that the part that decides stays apart from the part that talks.
 */
class ArchitectureTest {
  private static final String BASE = "dev.ipfstee.fetcher.";
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.ipfstee.fetcher");

  /**
   * The program, its command package and the command classes of the others, with what's in them.
   */
  private static final DescribedPredicate<JavaClass> COMMANDS =
      DescribedPredicate.describe(
          "commands",
          type -> {
            JavaClass top = type;
            while (top.getEnclosingClass().isPresent()) {
              top = top.getEnclosingClass().get();
            }
            return top.getPackageName().equals(BASE + "command")
                || top.getSimpleName().endsWith("Command")
                || top.getName().equals(BASE + "ImageFetcher");
          });

  private static void check(ArchRule rule) {
    rule.check(CLASSES);
  }

  @Test
  void knowsNothingOfKubernetes() {
    check(
        noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "io.fabric8..",
                "io.quarkus..",
                "io.kubernetes..",
                "io.javaoperatorsdk..",
                "dev.ipfstee.operator..",
                "jakarta.."));
  }

  @Test
  void hasNoCyclesAmongItsPackages() {
    check(slices().matching("dev.ipfstee.fetcher.(*)..").should().beFreeOfCycles());
  }

  @ParameterizedTest
  @ValueSource(strings = {"oci", "report", "verify"})
  void decidesWithoutTalkingToAnyone(String pure) {
    check(
        noClasses()
            .that()
            .resideInAPackage(BASE + pure + "..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "org.apache.hc..",
                "io.vertx..",
                "java.net..",
                "io.micrometer..",
                BASE + "ipfs..",
                BASE + "registry..",
                BASE + "store..",
                BASE + "fetch..",
                BASE + "command.."));
  }

  @Test
  void speaksHttpToGatewaysOnlyInOnePlace() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(BASE + "ipfs..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.hc..", "java.net.http.."));
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(BASE + "registry..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx.."));
  }

  @Test
  void knowsNothingOfCommandLinesBelowTheCommands() {
    check(
        noClasses()
            .that(DescribedPredicate.not(COMMANDS))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("picocli..", BASE + "command.."));
  }

  @Test
  void leavesTheStandardStreamsAndTheExitToCommands() {
    check(
        noClasses()
            .that(DescribedPredicate.not(COMMANDS))
            .should()
            .accessTargetWhere(
                DescribedPredicate.<JavaAccess<?>>describe(
                    "it is System.out, System.err, System.exit or Runtime.halt",
                    access -> {
                      String target =
                          access.getTargetOwner().getName() + "." + access.getTarget().getName();
                      return target.equals("java.lang.System.out")
                          || target.equals("java.lang.System.err")
                          || target.equals("java.lang.System.exit")
                          || target.startsWith("java.lang.Runtime.")
                              && (target.endsWith(".exit") || target.endsWith(".halt"));
                    })));
  }
}
