package dev.qmp;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.qmp.error.QmpException;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The permitted dependencies between packages, and the maximum size of a file. */
class ArchitectureTests {

    private static final int MAX_LINES = 400;
    private static final Path SOURCES = Path.of("src/main/java");
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.qmp");

    /**
     * The public classes that are doors: callers come in by them, and the parts behind are their business alone. The
     * hooks are the back of one, which only its own package can reach.
     */
    private static final Set<String> FACADES = Set.of(
            "dev.qmp.QmpClientBuilder",
            "dev.qmp.protocol.AsyncProtocol",
            "dev.qmp.protocol.ProtocolHooks",
            "dev.qmp.protocol.EventLoops",
            "dev.qmp.protocol.Acceptor",
            "dev.qmp.protocol.ProtocolOptions");

    /** What QMP's handshake consists of, and what its messages are about. */
    private static final Pattern OF_QMP = Pattern.compile(
            "greet|negotiat|capabilit|\\bidentity\\b|out.of.band|\\bguest|\\bquery-|qmp_", Pattern.CASE_INSENSITIVE);

    private static final Pattern QMP = Pattern.compile("\\bQMP\\b|\\bQEMU\\b");

    /** The addresses of every connection are written as QEMU's options write them. */
    private static final Set<String> ADDRESSES = Set.of("Endpoint.java", "EndpointParser.java");

    /** The task packages. They use the public client only, as an application does. */
    private static final String[] TASKS = {
        "dev.qmp.agent..",
        "dev.qmp.device..",
        "dev.qmp.hmp..",
        "dev.qmp.input..",
        "dev.qmp.job..",
        "dev.qmp.media..",
        "dev.qmp.migration..",
        "dev.qmp.monitor..",
        "dev.qmp.power..",
        "dev.qmp.process..",
        "dev.qmp.screen..",
        "dev.qmp.statistics.."
    };

    private static final DescribedPredicate<JavaClass> INTERNAL = resideInAPackage("dev.qmp.internal..");

    /** How both sides of a connection log: by class, and within limits. */
    private static final DescribedPredicate<JavaClass> LOGS = DescribedPredicate.describe(
            "logs",
            type -> type.getName().startsWith("dev.qmp.internal.engine.ConnectionLogger")
                    || type.getName().startsWith("dev.qmp.internal.engine.FailureLog")
                    || type.getName().equals("dev.qmp.internal.engine.LineLimit"));

    /** A facade, or what is nested in it. */
    private static final DescribedPredicate<JavaClass> FACADE = DescribedPredicate.describe(
            "facades", type -> FACADES.contains(type.getName().replaceFirst("\\$.*", "")));

    @Test
    void packagesHaveNoCyclesButThoseOfTheFacades() {
        slices().matching("dev.qmp.(**)")
                .should()
                .beFreeOfCycles()
                .ignoreDependency(FACADE, INTERNAL)
                .check(CLASSES);
        noClasses()
                .that(resideInAnyPackage("dev.qmp..").and(not(resideInAPackage("dev.qmp"))))
                .and(not(resideInAPackage("dev.qmp.internal.client..")))
                .and(not(resideInAnyPackage(TASKS)))
                .should()
                .dependOnClassesThat(resideInAPackage("dev.qmp"))
                .because("the client is on top of all but the tasks")
                .check(CLASSES);
    }

    @Test
    void tasksUseThePublicClientAlone() {
        noClasses()
                .that(resideInAnyPackage(TASKS))
                .should()
                .dependOnClassesThat(INTERNAL.or(resideInAnyPackage("dev.qmp.server..", "io.netty..")))
                .allowEmptyShould(true)
                .check(CLASSES);
        noClasses()
                .that(not(resideInAnyPackage(TASKS)))
                .should()
                .dependOnClassesThat(resideInAnyPackage(TASKS))
                .because("the client works without them")
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @Test
    void valuesKnowOnlyWhatTheTableOfPackagesSays() {
        assertKnowsOnly("dev.qmp.error");
        assertKnowsOnly("dev.qmp.message", "dev.qmp.error");
        assertKnowsOnly("dev.qmp.schema", "dev.qmp.message", "dev.qmp.error");
        assertKnowsOnly("dev.qmp.qapi", "dev.qmp.message", "dev.qmp.error");
        assertKnowsOnly("dev.qmp.qapi.type", "dev.qmp.qapi", "dev.qmp.message");
        assertKnowsOnly("dev.qmp.qapi.command", "dev.qmp.qapi", "dev.qmp.qapi.type", "dev.qmp.message");
        assertKnowsOnly("dev.qmp.qapi.event", "dev.qmp.qapi", "dev.qmp.qapi.type", "dev.qmp.message");
        assertKnowsOnly("dev.qmp.qapi.agent.type", "dev.qmp.qapi", "dev.qmp.message");
        assertKnowsOnly("dev.qmp.qapi.agent.command", "dev.qmp.qapi", "dev.qmp.qapi.agent.type", "dev.qmp.message");
        assertKnowsOnly("dev.qmp.task", "dev.qmp.message", "dev.qmp.error", "dev.qmp.event", "dev.qmp.protocol");
        assertKnowsOnly("dev.qmp.event", "dev.qmp.message", "dev.qmp.error", "dev.qmp.protocol", "dev.qmp.qapi");
    }

    private static void assertKnowsOnly(String name, String... others) {
        noClasses()
                .that(resideInAPackage(name))
                .should()
                .dependOnClassesThat(resideInAPackage("dev.qmp..")
                        .and(not(resideInAPackage(name)))
                        .and(not(resideInAnyPackage(others))))
                .check(CLASSES);
    }

    @Test
    void onlyTheFacadesKnowInternals() {
        noClasses()
                .that(not(INTERNAL).and(not(FACADE)).and(not(resideInAPackage("dev.qmp.server.."))))
                .should()
                .dependOnClassesThat(INTERNAL)
                .check(CLASSES);
        noClasses()
                .that(resideInAPackage("dev.qmp.server.."))
                .should()
                .dependOnClassesThat(INTERNAL.and(not(resideInAPackage("dev.qmp.internal.json..")))
                        .and(not(LOGS)))
                .check(CLASSES);
    }

    @Test
    void noInternalTypeShowsInTheApi() {
        classes()
                .that(not(INTERNAL))
                .and()
                .arePublic()
                .should(showNoInternalType())
                .check(CLASSES);
    }

    @Test
    void nettyIsBehindTheTransport() {
        noClasses()
                .that(not(resideInAPackage("dev.qmp.internal.transport..")))
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.netty..", "org.newsclub.."))
                .check(CLASSES);
    }

    @Test
    @DisplayName("#66 what a peer sends is data only: no serialized objects, no types named by the peer")
    void nothingThatAPeerSendsBecomesAnObjectOfItsChoice() {
        noClasses()
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("tools.jackson.databind.jsontype..", "java.beans..", "java.rmi.."))
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.io.ObjectInputStream")
                .check(CLASSES);
    }

    @Test
    void jacksonIsForMessagesOnly() {
        noClasses()
                .that(not(resideInAnyPackage(TASKS)))
                .and(not(resideInAnyPackage(
                        "dev.qmp",
                        "dev.qmp.message..",
                        "dev.qmp.schema..",
                        "dev.qmp.qapi..",
                        "dev.qmp.task..",
                        "dev.qmp.event..", // conditions on an event's data, and exceptions that carry it
                        "dev.qmp.internal.json..",
                        "dev.qmp.internal.client..",
                        "dev.qmp.server..")))
                .should()
                .dependOnClassesThat(resideInAnyPackage("tools.jackson..", "com.fasterxml.."))
                .check(CLASSES);
    }

    @Test
    void theGeneratorStaysInTheBuild() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("com.palantir..", "dev.qmp.codegen.."))
                .check(CLASSES);
    }

    @Test
    void theCoreKnowsNoSpring() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAPackage("org.springframework.."))
                .check(CLASSES);
    }

    @Test
    void theEngineKnowsNeitherMessagesNorJson() {
        noClasses()
                .that(resideInAnyPackage(
                        "dev.qmp.protocol..", "dev.qmp.internal.engine..", "dev.qmp.internal.transport.."))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "dev.qmp",
                        "dev.qmp.message..",
                        "dev.qmp.event..",
                        "dev.qmp.schema..",
                        "dev.qmp.server..",
                        "dev.qmp.internal.json..",
                        "dev.qmp.internal.client..",
                        "tools.jackson.."))
                .check(CLASSES);
        noClasses()
                .that(resideInAPackage("dev.qmp.internal.engine.."))
                .should()
                .dependOnClassesThat(resideInAPackage("dev.qmp.internal.transport.."))
                .because("the transport implements the engine's ports")
                .check(CLASSES);
    }

    @Test
    @DisplayName("the engine knows the packages of any protocol only")
    void theEngineKnowsNoProtocol() {
        assertKnowsOnly("dev.qmp.protocol", "dev.qmp.error", "dev.qmp.internal.engine", "dev.qmp.internal.transport");
        assertKnowsOnly("dev.qmp.internal.engine", "dev.qmp.error", "dev.qmp.protocol");
        assertKnowsOnly("dev.qmp.internal.transport", "dev.qmp.error", "dev.qmp.protocol", "dev.qmp.internal.engine");
    }

    @Test
    @DisplayName("neither code nor comment of the engine names a message or a phase of QMP")
    void theEngineNamesNothingOfQmp() {
        Set<String> named = new TreeSet<>();
        for (Path file : sources()) {
            Path path = SOURCES.relativize(file);
            if (!path.startsWith("dev/qmp/protocol") && !path.startsWith("dev/qmp/internal/engine")) {
                continue;
            }
            boolean spellsAddresses = ADDRESSES.contains(String.valueOf(path.getFileName()));
            for (String line : lines(file)) {
                if (OF_QMP.matcher(line).find()
                        || (!spellsAddresses && QMP.matcher(line).find())) {
                    named.add(path + ": " + line.strip());
                }
            }
        }
        assertThat(named).isEmpty();
    }

    @Test
    void theClientKnowsNoTransport() {
        noClasses()
                .that(resideInAPackage("dev.qmp.internal.client.."))
                .should()
                .dependOnClassesThat(resideInAPackage("dev.qmp.internal.transport.."))
                .check(CLASSES);
    }

    @Test
    void everyEntryOfTheBottomHalfAssertsItsThread() {
        methods()
                .that(BottomHalfRules.entries())
                .should(BottomHalfRules.assertTheirThread())
                .check(CLASSES);
    }

    @Test
    void bottomHalfCodeWithoutTheLoopIsCalledByBottomHalfCodeOnly() {
        noClasses()
                .should()
                .callCodeUnitWhere(BottomHalfRules.callsFromElsewhere())
                .check(CLASSES);
    }

    @Test
    @DisplayName("the loop takes in the command that its caller has written, before it does anything else")
    void everyEntranceTakesInTheCommandThatItsCallerHasWritten() {
        methods()
                .that(DirectWriteRules.entrances())
                .should(DirectWriteRules.takeInTheCommand())
                .check(CLASSES);
        noClasses()
                .should()
                .accessTargetWhere(DirectWriteRules.flowBeyondTheDoors())
                .check(CLASSES);
        Set<String> entrances = CLASSES.stream()
                .flatMap(type -> type.getMethods().stream())
                .filter(DirectWriteRules.entrances())
                .map(DirectWriteRules::nameOf)
                .collect(Collectors.toSet());
        assertThat(entrances).as("with those that are exempt").containsAll(DirectWriteRules.EXEMPT.keySet());
    }

    @Test
    void nothingIsSerializedByJavasOwnMeans() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.io.ObjectInputStream")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.io.ObjectOutputStream")
                .check(CLASSES);
    }

    @Test
    void everyFailureIsSerializable() {
        List<String> broken = CLASSES.stream()
                .filter(type -> type.isAssignableTo(QmpException.class))
                .flatMap(type -> type.getFields().stream())
                .filter(field -> !field.getModifiers().contains(JavaModifier.STATIC))
                .filter(field -> !field.getModifiers().contains(JavaModifier.TRANSIENT))
                .filter(field -> field.getAllInvolvedRawTypes().stream()
                        .anyMatch(type -> !type.isPrimitive()
                                && !type.isAssignableTo(Serializable.class)
                                && !type.isEquivalentTo(JsonNode.class) // all subclasses are serializable
                                && !type.isEquivalentTo(List.class))) // those of List.copyOf are serializable
                .map(JavaField::getFullName)
                .toList();
        assertThat(broken).isEmpty();
    }

    @Test
    void everyPackageIsNullMarked() {
        Set<String> packages = CLASSES.stream().map(JavaClass::getPackageName).collect(Collectors.toSet());
        Set<String> marked = CLASSES.stream()
                .filter(type -> type.getSimpleName().equals("package-info") && type.isAnnotatedWith(NullMarked.class))
                .map(JavaClass::getPackageName)
                .collect(Collectors.toSet());
        assertThat(marked).containsExactlyInAnyOrderElementsOf(packages);
    }

    @Test
    void noFileIsTooLong() {
        Set<String> tooLong = new TreeSet<>();
        for (Path file : sources()) {
            int lines = lines(file).size();
            if (lines > MAX_LINES) {
                tooLong.add(SOURCES.relativize(file) + ": " + lines);
            }
        }
        assertThat(tooLong).isEmpty();
    }

    private static List<Path> sources() {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ------------------------------------------------------------------ what shows in an API

    private static ArchCondition<JavaClass> showNoInternalType() {
        return new ArchCondition<>("show no internal type") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                type.getRawInterfaces().forEach(parent -> judge(type, "extends", parent, events));
                type.getRawSuperclass().ifPresent(parent -> judge(type, "extends", parent, events));
                for (JavaCodeUnit unit : type.getCodeUnits()) {
                    if (isOpen(unit.getModifiers())) {
                        judge(type, unit.getName(), unit.getReturnType(), events);
                        unit.getParameterTypes().forEach(shown -> judge(type, unit.getName(), shown, events));
                        unit.getExceptionTypes().forEach(shown -> judge(type, unit.getName(), shown, events));
                    }
                }
                for (JavaField field : type.getFields()) {
                    if (isOpen(field.getModifiers())) {
                        judge(type, field.getName(), field.getType(), events);
                    }
                }
            }
        };
    }

    private static boolean isOpen(Set<JavaModifier> modifiers) {
        return (modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED))
                && !modifiers.contains(JavaModifier.SYNTHETIC);
    }

    private static void judge(JavaClass type, String where, JavaType shown, ConditionEvents events) {
        for (JavaClass raw : shown.getAllInvolvedRawTypes()) {
            if (INTERNAL.test(raw)) {
                events.add(SimpleConditionEvent.violated(
                        type, type.getName() + " shows " + raw.getName() + " in " + where));
            }
        }
    }
}
