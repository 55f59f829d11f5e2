package dev.qmp.sample;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Which layer of the sample may use which. */
class ArchitectureTests {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("__")) // generated ahead of time, for all layers at once
            .importPackages("dev.qmp.sample");

    @Test
    void theClassesToCopyUseNothingElseOfTheSample() {
        noClasses()
                .that()
                .resideInAPackage("dev.qmp.sample.app..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.qmp.sample", "dev.qmp.sample.console..", "dev.qmp.sample.machine..")
                .check(CLASSES);
    }

    @Test
    void everyClassIsInALayer() {
        classes()
                .that()
                .doNotHaveSimpleName("SampleApplication")
                .should()
                .resideInAnyPackage(
                        "dev.qmp.sample", // package-info
                        "dev.qmp.sample.app",
                        "dev.qmp.sample.console..",
                        "dev.qmp.sample.machine..")
                .check(CLASSES);
    }

    @Test
    void theMachinesKnowNeitherLayer() {
        noClasses()
                .that()
                .resideInAPackage("dev.qmp.sample.machine..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.qmp.sample.app..", "dev.qmp.sample.console..")
                .check(CLASSES);
    }

    @Test
    void theConsoleDoesNotKnowWhichKindItsMachinesAre() {
        noClasses()
                .that()
                .resideInAPackage("dev.qmp.sample.console..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.qmp.sample.machine.embedded..", "dev.qmp.sample.machine.qemu..")
                .check(CLASSES);
    }

    @Test
    void thePackagesHaveNoCycle() {
        slices().matching("dev.qmp.sample.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void onlyPublicPackagesOfTheLibraryAreUsed() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.qmp.internal..")
                .check(CLASSES);
    }
}
