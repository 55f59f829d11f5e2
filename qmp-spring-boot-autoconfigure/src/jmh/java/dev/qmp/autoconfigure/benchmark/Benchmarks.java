package dev.qmp.autoconfigure.benchmark;

import dev.qmp.benchmark.Scores;
import dev.qmp.benchmark.ServerProcess;
import dev.qmp.benchmark.Table;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.QmpServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.openjdk.jmh.runner.RunnerException;
import org.springframework.util.FileSystemUtils;

/** Runs everything several times over, and compares within each round. */
public final class Benchmarks {

    private static final int PAIRS_PER_ROUND = 5;
    /** On which processors the threads of a JVM meet makes more of a difference than what is compared. */
    private static final int JVMS_PER_ROUND = 3;

    private static final Duration TURN = Duration.ofMillis(300);
    private static final int FEWEST_PAIRS = 15;
    private static final int JDK_WITH_CACHES = 25;
    private static final int FLEET = 1000;
    private static final int LIVE = 10;

    private Benchmarks() {}

    /** The argument is the number of rounds. */
    public static void main(String[] arguments) throws RunnerException, IOException {
        int count = Integer.parseInt(arguments[0]);
        List<Scores> jvms = new ArrayList<>();
        for (int jvm = 0; jvm < count * JVMS_PER_ROUND; jvm++) {
            Scores scores = new Scores();
            scores.measure(ObservabilityBenchmark.class, TURN);
            jvms.add(scores);
        }
        Table table = new Table(jvms);
        String name = "ObservabilityBenchmark ";
        table.ratio("command with observability", "≤ 1.1 × without", name + "COMMAND_ON", name + "COMMAND_OFF");
        table.ratio("command and event with observability", "≤ 1.1 × without", name + "EVENT_ON", name + "EVENT_OFF");
        System.out.println(table.markdown());
        startUp(count);
        fleet(count);
    }

    private static void startUp(int rounds) throws IOException {
        int pairs = Math.max(FEWEST_PAIRS, rounds * PAIRS_PER_ROUND);
        Path folder = Files.createTempDirectory("caches");
        try (ServerProcess server = ServerProcess.forFew()) {
            System.out.print(StartUpPairs.measure(
                            "start-up with the starter and one connection",
                            "≤ 60 ms more",
                            pairs,
                            () -> StartUp.smallWithStarter(server.socket()),
                            StartUp::small)
                    .markdown());
            if (Runtime.version().feature() >= JDK_WITH_CACHES) {
                System.out.print(StartUpPairs.measure(
                                "the same, both with an AOT cache",
                                "≤ 30 ms more",
                                pairs,
                                StartUp.cachedWithStarter(folder.resolve("with"), server.socket()),
                                StartUp.cachedWithout(folder.resolve("without")))
                        .markdown());
            }
        } finally {
            FileSystemUtils.deleteRecursively(folder);
        }
    }

    /** Ten of them have a machine. */
    private static void fleet(int rounds) throws IOException {
        int pairs = Math.max(FEWEST_PAIRS, rounds * PAIRS_PER_ROUND);
        Path folder = Files.createTempDirectory("fleet");
        List<QmpServer> machines = new ArrayList<>();
        try {
            for (int vm = 0; vm < LIVE; vm++) {
                machines.add(QmpServer.builder(Endpoint.unix(folder.resolve("vm" + vm)))
                        .start());
            }
            Path configuration = Files.write(
                    folder.resolve("fleet.properties"),
                    IntStream.range(0, FLEET)
                            .mapToObj(vm -> "qmp.connection.vm%d.address=unix:%s/vm%d".formatted(vm, folder, vm))
                            .toList());
            String with = "--spring.config.additional-location=file:" + configuration;
            StartUp.warm(with); // the first loads the classes
            System.out.print(StartUpPairs.measure(
                            "start with 1000 connections, 10 of them live, in a JVM that runs",
                            "≤ 500 ms more",
                            pairs,
                            () -> StartUp.warm(with),
                            () -> StartUp.warm("--none="))
                    .markdown());
            System.out.print(StartUpPairs.measure(
                            "the same, in a JVM of its own",
                            "",
                            pairs,
                            () -> StartUp.full(with),
                            () -> StartUp.full("--none="))
                    .markdown());
        } finally {
            machines.forEach(QmpServer::close);
            FileSystemUtils.deleteRecursively(folder);
        }
    }
}
