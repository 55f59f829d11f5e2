package dev.qmp.autoconfigure;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.qmp.message.InternalApi;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** The permitted imports, and the form of auto-configurations. */
class ArchitectureTests {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.qmp.autoconfigure", "dev.qmp.spring");

    @Test
    void onlyPublicPackagesOfTheCoreAreUsed() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.qmp.internal..")
                .check(CLASSES);
    }

    @Test
    void theIntegrationsDoNotKnowEachOtherAndTheHeartKnowsNone() {
        slices().matching("dev.qmp.autoconfigure.(*)..")
                .should()
                .notDependOnEachOther()
                .check(CLASSES);
        noClasses()
                .that(are(resideInAPackage("dev.qmp.autoconfigure")))
                .should()
                .dependOnClassesThat(resideInAPackage("dev.qmp.autoconfigure.*.."))
                .check(CLASSES);
    }

    @Test
    void whatApplicationsImportKnowsNoConfiguration() {
        noClasses()
                .that(are(resideInAPackage("dev.qmp.spring").or(resideInAPackage("dev.qmp.spring.observation"))))
                .should()
                .dependOnClassesThat(are(resideInAPackage("dev.qmp.autoconfigure..")))
                .check(CLASSES);
        noClasses()
                .that(are(resideInAPackage("dev.qmp.spring")))
                .should()
                .dependOnClassesThat(are(resideInAPackage("dev.qmp.spring.*..")))
                .check(CLASSES);
    }

    @Test
    void whatIsOptionalIsUsedByItsOwnPackageOnly() {
        only("dev.qmp.autoconfigure.endpoint", "org.springframework.boot.actuate..");
        only("dev.qmp.autoconfigure.fleet", "com.hazelcast..");
        only("dev.qmp.autoconfigure.health", "org.springframework.boot.health..");
        only("dev.qmp.spring.test", "org.springframework.test..");
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "dev.qmp.autoconfigure.metrics",
                        "dev.qmp.autoconfigure.observation",
                        "dev.qmp.spring.observation")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.micrometer..")
                .check(CLASSES);
    }

    @Test
    void autoConfigurationsArePublicAndFinalWithNothingPublicInThem() {
        classes()
                .that()
                .areAnnotatedWith(AutoConfiguration.class)
                .should()
                .bePublic()
                .andShould()
                .haveModifier(JavaModifier.FINAL)
                .andShould()
                .haveSimpleNameEndingWith("AutoConfiguration")
                .check(CLASSES);
        methods()
                .that()
                .areAnnotatedWith(Bean.class)
                .should()
                .bePackagePrivate()
                .check(CLASSES);
    }

    @Test
    void whatIsPublicForOtherPackagesOfTheModuleIsMarked() {
        classes()
                .that()
                .resideInAPackage("dev.qmp.autoconfigure")
                .and()
                .areTopLevelClasses()
                .and()
                .arePublic()
                .and()
                .areNotAnnotatedWith(AutoConfiguration.class)
                .and()
                .areNotAnnotatedWith(ConfigurationProperties.class)
                .and()
                .areNotAssignableTo(Throwable.class)
                .should()
                .beAnnotatedWith(InternalApi.class)
                .check(CLASSES);
    }

    /** Boot would take it for the application's own, and withdraw its default one. */
    @Test
    void noBeanIsAnExecutor() {
        methods()
                .that()
                .areAnnotatedWith(Bean.class)
                .should()
                .notHaveRawReturnType(
                        com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo(Executor.class))
                .check(CLASSES);
    }

    private static void only(String integration, String dependency) {
        noClasses()
                .that()
                .resideOutsideOfPackage(integration)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(dependency)
                .check(CLASSES);
    }
}
