package dev.qmp.autoconfigure.benchmark;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;

/** Starts a small application in a JVM of its own, or here, and measures the start. */
final class StartUp {

    /** What {@code spring-boot-starter} brings: the smallest application there is. */
    private static final List<String> BOOT = List.of(
            "spring-boot-4",
            "spring-boot-autoconfigure-4",
            "spring-aop-",
            "spring-beans-",
            "spring-context-",
            "spring-core-",
            "spring-expression-",
            "logback-",
            "log4j-",
            "slf4j-",
            "jul-to-slf4j-",
            "commons-logging-",
            "micrometer-commons-",
            "micrometer-observation-1",
            "jakarta.annotation-",
            "jspecify-",
            "snakeyaml-");

    /** What the starter of this project brings in addition, beside the classes of the two modules. */
    private static final List<String> STARTER = List.of("qmp-", "netty-", "jackson-");

    /** A JVM writes its cache only if its application ends in order. */
    private static final String ENDS_IN_ORDER = "benchmarks.ends-in-order";

    private StartUp() {}

    /**
     * What a start took.
     *
     * @param wall milliseconds from the start of the JVM until the application is up
     * @param processor milliseconds of all processors until then, of all threads, also of those that compile
     */
    record Cost(double wall, double processor) {}

    /** The application: prints that it is up and the time of its start, and ends. */
    @EnableAutoConfiguration
    static final class Application {

        private Application() {}

        public static void main(String[] arguments) {
            try (ConfigurableApplicationContext application = SpringApplication.run(Application.class, arguments)) {
                System.out.println("up");
                System.out.println(processorTime());
                if (!Boolean.getBoolean(ENDS_IN_ORDER)) {
                    Runtime.getRuntime().halt(0);
                }
            }
        }
    }

    private static long processorTime() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    /** {@return what it takes to start the smallest application, with the starter and one connection} */
    static Cost smallWithStarter(Path socket) throws IOException {
        return start(List.of(), classPathWithStarter(), addressOf(socket));
    }

    /** {@return what it takes to start the smallest application without the starter} */
    static Cost small() throws IOException {
        return start(List.of(), classPath(StartUp::isSmall), "--none=");
    }

    /** {@return what it takes to start an application with all there is, actuator and meters too} */
    static Cost full(String argument) throws IOException {
        return start(List.of(), classPath(entry -> true), argument);
    }

    /**
     * {@return the smallest application with the starter and one connection, whose JVM has an AOT cache}
     *
     * @param folder the place of the cache and of the jars, because a cache accepts no folder with classes
     */
    static StartUpPairs.Start cachedWithStarter(Path folder, Path socket) throws IOException {
        return cached(folder, classPathWithStarter(), addressOf(socket));
    }

    /** {@return the same without the starter} */
    static StartUpPairs.Start cachedWithout(Path folder) throws IOException {
        return cached(folder, classPath(StartUp::isSmall), "--none=");
    }

    private static StartUpPairs.Start cached(Path folder, String classPath, String argument) throws IOException {
        Files.createDirectories(folder);
        String jars = jarsOnly(folder, classPath);
        String cache = folder.resolve("start.aot").toString();
        start(List.of("-XX:AOTCacheOutput=" + cache, "-D" + ENDS_IN_ORDER + "=true"), jars, argument);
        return () -> start(List.of("-XX:AOTCache=" + cache, "-XX:AOTMode=on"), jars, argument);
    }

    private static String jarsOnly(Path folder, String classPath) {
        ToolProvider jar = ToolProvider.findFirst("jar").orElseThrow();
        List<String> entries = new ArrayList<>();
        for (String entry : classPath.split(File.pathSeparator, -1)) {
            if (Files.isDirectory(Path.of(entry))) {
                String made = folder.resolve(entries.size() + ".jar").toString();
                if (jar.run(System.out, System.err, "--create", "--file", made, "-C", entry, ".") != 0) {
                    throw new IllegalStateException("no jar was made of " + entry);
                }
                entries.add(made);
            } else {
                entries.add(entry);
            }
        }
        return String.join(File.pathSeparator, entries);
    }

    private static String classPathWithStarter() {
        return classPath(entry -> isSmall(entry) || isOf(STARTER, entry) || isOfModules(entry));
    }

    private static String addressOf(Path socket) {
        return "--qmp.connection.vm1.address=unix:" + socket;
    }

    /** {@return the same in this JVM, where all is compiled} */
    static Cost warm(String argument) {
        long begin = System.nanoTime();
        long processor = processorTime();
        try (ConfigurableApplicationContext application =
                SpringApplication.run(Application.class, arguments(argument))) {
            return new Cost((System.nanoTime() - begin) / 1e6, (processorTime() - processor) / 1e6);
        }
    }

    private static String[] arguments(String own) {
        return new String[] {
            own,
            "--spring.main.web-application-type=none",
            "--spring.main.banner-mode=off",
            "--logging.level.root=error"
        };
    }

    private static String classPath(Predicate<Path> wanted) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> wanted.test(Path.of(entry)))
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** With the benchmark's own classes, which hold the application. */
    private static boolean isSmall(Path entry) {
        return isOf(BOOT, entry) || entry.endsWith(Path.of("qmp-spring-boot-autoconfigure", "target", "test-classes"));
    }

    private static boolean isOf(List<String> names, Path entry) {
        String file = entry.getFileName().toString();
        return file.endsWith(".jar") && names.stream().anyMatch(file::startsWith);
    }

    private static boolean isOfModules(Path entry) {
        return entry.endsWith(Path.of("target", "classes"));
    }

    private static Cost start(List<String> options, String classPath, String argument) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, Application.class.getName()));
        command.addAll(List.of(arguments(argument)));
        long begin = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = process.inputReader()) {
            String up = output.readLine();
            long took = System.nanoTime() - begin;
            String processor = output.readLine();
            output.transferTo(Writer.nullWriter());
            process.onExit().join();
            if (!"up".equals(up) || processor == null) {
                throw new IllegalStateException("the application did not start");
            }
            return new Cost(took / 1e6, Long.parseLong(processor) / 1e6);
        }
    }
}
