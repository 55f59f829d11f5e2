package dev.qmp.autoconfigure.benchmark;

import dev.qmp.benchmark.ServerProcess;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;

/** How much longer an application takes to start with the starter and one connection, and with a fleet. */
final class StartUp {

    /** What the starter brings to an application with a web server, which has Jackson already. */
    private static final List<String> STARTER = List.of("qmp-", "netty-");

    private StartUp() {}

    /** The application: says that it is up, and ends. */
    @EnableAutoConfiguration
    static final class Application {

        private Application() {}

        public static void main(String[] arguments) {
            try (ConfigurableApplicationContext application = SpringApplication.run(Application.class, arguments)) {
                System.out.write('\n');
                System.out.flush();
                Runtime.getRuntime().halt(0);
            }
        }
    }

    /** {@return milliseconds from the start of the JVM until the application is up: with the starter, without it} */
    static double[] measure(ServerProcess server) throws IOException {
        return new double[] {
            start(System.getProperty("java.class.path"), "--qmp.connection.vm1.address=unix:" + server.socket()),
            start(withoutStarter(), "--without=it")
        };
    }

    /** {@return milliseconds from the start of the JVM until the application is up: with the connections, without any} */
    static double[] measureFleet(Path configuration) throws IOException {
        String classPath = System.getProperty("java.class.path");
        return new double[] {
            start(classPath, "--spring.config.additional-location=file:" + configuration), start(classPath, "--none=")
        };
    }

    /** {@return milliseconds to start in this JVM, where all is compiled: with the connections, without any} */
    static double[] measureWarmFleet(Path configuration) {
        return new double[] {
            startHere("--spring.config.additional-location=file:" + configuration), startHere("--none=")
        };
    }

    private static double startHere(String argument) {
        long begin = System.nanoTime();
        try (ConfigurableApplicationContext application = SpringApplication.run(Application.class, arguments(argument))) {
            return (System.nanoTime() - begin) / 1e6;
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

    private static String withoutStarter() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> STARTER.stream()
                        .noneMatch(part -> Path.of(entry).getFileName().toString().startsWith(part)))
                .filter(entry -> !entry.endsWith("qmp-core/target/classes"))
                .map(StartUp::ownClasses)
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** The module's own classes are the starter too, unless they are the benchmark's. */
    private static String ownClasses(String entry) {
        return entry.endsWith(Path.of("target", "classes").toString()) ? entry + "-none" : entry;
    }

    private static double start(String classPath, String argument) throws IOException {
        long begin = System.nanoTime();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath,
                Application.class.getName()));
        command.addAll(List.of(arguments(argument)));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        int up = process.getInputStream().read();
        long took = System.nanoTime() - begin;
        process.onExit().join();
        if (up < 0) {
            throw new IllegalStateException("the application did not start");
        }
        return took / 1e6;
    }
}
