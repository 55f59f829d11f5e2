package dev.qmp.autoconfigure.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.testing.Qemu;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Machines, real ones and others, the processes that share them, and the comparison of what they say with what was
 * done.
 */
final class FleetProcesses implements AutoCloseable {

    private static final Pattern READ = Pattern.compile("handle_qmp_command mon (\\S+) req: (.*)");
    private static final Pattern BEGUN = Pattern.compile("monitor_qmp_cmd_in_band \"?([^\"]*)\"?$");
    private static final Pattern REFUSED = Pattern.compile("monitor_qmp_respond .* resp: (\\{\"id\": .*\"error\": .*)");

    /** The random part of an id, which all commands of a session share. */
    private static final int SESSION_LENGTH = 7;

    private final Path folder;
    private final String cluster = "processes-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    private final Map<String, String> addresses = new LinkedHashMap<>();
    private final Map<String, Qemu> real = new LinkedHashMap<>();
    private final List<QmpServer> servers = new ArrayList<>();
    private final Map<String, Queue<String>> executed = new ConcurrentHashMap<>();
    private final List<Process> processes = new ArrayList<>();
    private final List<Journal> journals = new ArrayList<>();
    private final List<Process> others = new ArrayList<>();

    /** One running instance. */
    record Instance(String name, Process process, Journal journal) {

        /** {@return the machines of which it has a session, by its journal} */
        Set<String> running() {
            Set<String> running = new HashSet<>();
            for (String[] words : journal.lines()) {
                if (words[0].equals("R") && words[3].equals("RUNNING")) {
                    running.add(words[2]);
                } else if (words[0].equals("R")) {
                    running.remove(words[2]);
                }
            }
            return process.isAlive() ? running : Set.of();
        }

        /** {@return when it had a session of each machine for the first time after a moment} */
        Map<String, Long> runningAfter(long millis) {
            Map<String, Long> times = new TreeMap<>();
            for (String[] words : journal.lines()) {
                if (words[0].equals("R") && words[3].equals("RUNNING") && Long.parseLong(words[1]) >= millis) {
                    times.putIfAbsent(words[2], Long.parseLong(words[1]));
                }
            }
            return times;
        }

        /** {@return the machines of which a session of this instance has ended after a moment} */
        Set<String> endedSince(long millis) {
            Set<String> ended = new HashSet<>();
            for (String[] words : journal.lines()) {
                if (words[0].equals("R") && words[3].equals("IDLE") && Long.parseLong(words[1]) >= millis) {
                    ended.add(words[2]);
                }
            }
            return ended;
        }

        /** {@return the machines on which a command of this instance has succeeded after a moment} */
        Set<String> doneSince(long millis) {
            Set<String> done = new HashSet<>();
            for (String[] words : journal.lines()) {
                if (words[0].equals("C") && words[3].equals("done") && Long.parseLong(words[4]) >= millis) {
                    done.add(words[2]);
                }
            }
            return done;
        }

        boolean hasLogged(Path folder, String text) {
            try {
                return Files.readString(folder.resolve("log-" + name)).contains(text);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        boolean isStarted() {
            return journal.lines().stream().anyMatch(words -> words[0].equals("S"));
        }
    }

    /** The words of an instance's journal. Each call reads only what is new, because journals grow fast. */
    static final class Journal {

        private final Path file;
        private final List<String[]> lines = new ArrayList<>();
        private long read;

        Journal(Path file) {
            this.file = file;
        }

        Path file() {
            return file;
        }

        synchronized List<String[]> lines() {
            try (FileChannel channel = FileChannel.open(file)) {
                ByteBuffer bytes = ByteBuffer.allocate((int) (channel.size() - read));
                channel.read(bytes, read);
                String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
                String whole = text.substring(0, text.lastIndexOf('\n') + 1);
                read += whole.length();
                whole.lines().map(line -> line.split(" ")).forEach(lines::add);
            } catch (NoSuchFileException e) {
                // the instance has not started yet
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return List.copyOf(lines);
        }
    }

    FleetProcesses(Path folder, int realMachines, int otherMachines) {
        this.folder = folder;
        for (int i = 0; i < realMachines; i++) {
            String name = "qemu" + i;
            Qemu qemu = Qemu.start(
                    "-chardev",
                    "ringbuf,id=rb,size=65536",
                    "-trace",
                    "handle_qmp_command",
                    "-trace",
                    "monitor_qmp_cmd_in_band",
                    "-trace",
                    "monitor_qmp_respond");
            real.put(name, qemu);
            addresses.put(name, "unix:" + qemu.socket());
        }
        for (int i = 0; i < otherMachines; i++) {
            String name = "vm" + i;
            Queue<String> done = new ConcurrentLinkedQueue<>();
            executed.put(name, done);
            Path socket = folder.resolve(name);
            servers.add(QmpServer.builder(Endpoint.unix(socket))
                    .handler("query-name", CommandHandler.returning(Map.of("name", name)))
                    .handler("ringbuf-write", command -> {
                        JsonNode arguments = command.arguments();
                        done.add(
                                arguments == null ? "?" : arguments.path("data").asString(""));
                        return QmpJson.object();
                    })
                    .start());
            addresses.put(name, "unix:" + socket);
        }
    }

    Set<String> machines() {
        return addresses.keySet();
    }

    /** Adds machines that another process has started. */
    void add(Process process, Map<String, String> machines) {
        others.add(process);
        addresses.putAll(machines);
    }

    Instance start(String name, String address, String members, List<String> prefix, String... more) {
        Path file = folder.resolve("journal-" + name);
        Journal journal = new Journal(file);
        journals.add(journal);
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Xmx" + System.getProperty("test.fleet.heap", "256m"),
                "-cp",
                System.getProperty("java.class.path"),
                FleetProcess.class.getName(),
                "--spring.main.banner-mode=off",
                "--qmp.fleet.enabled=true",
                "--qmp.keep-alive=true",
                "--qmp.defaults.disconnect-timeout=2s",
                "--test.instance=" + name,
                "--test.cluster=" + cluster,
                "--test.address=" + address,
                "--test.port=" + FleetPorts.PROCESSES.get(0),
                "--test.members=" + members,
                "--test.journal=" + file));
        command.addAll(Arrays.asList(more));
        command.add("--spring.config.additional-location=file:" + configuration());
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log-" + name).toFile())
                    .start();
            processes.add(process);
            return new Instance(name, process, journal);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the file of the connections, too many for a command line} */
    private Path configuration() {
        List<String> lines = new ArrayList<>();
        addresses.forEach((machine, unix) -> lines.add("qmp.connection." + machine + ".address=" + unix));
        try {
            return Files.write(folder.resolve("machines.properties"), lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Ends all instances, and compares their journals with what the machines have executed; {@return the outcomes'
     * numbers}
     */
    Map<String, Integer> assertEveryOutcomeIsTrue() {
        stop();
        real.forEach((name, qemu) -> executed.put(name, new ConcurrentLinkedQueue<>(executedBy(qemu))));
        Map<String, Integer> counts = new TreeMap<>();
        for (Map.Entry<String, Queue<String>> machine : executed.entrySet()) {
            assertThat(machine.getValue())
                    .as("executed once by %s", machine.getKey())
                    .doesNotHaveDuplicates();
        }
        for (Journal journal : journals) {
            for (String[] words : journal.lines()) {
                if (words[0].equals("C")) {
                    counts.merge(words[3], 1, Integer::sum);
                    boolean isExecuted = executedUids(words[2]).contains(words[1]);
                    if (words[3].equals("done")) {
                        assertThat(isExecuted)
                                .as("%s on %s was executed", words[1], words[2])
                                .isTrue();
                    } else if (words[3].equals("not-sent")) {
                        assertThat(isExecuted)
                                .as("%s on %s was not executed", words[1], words[2])
                                .isFalse();
                    } else {
                        assertThat(words[3]).isEqualTo("unknown");
                    }
                }
            }
        }
        return counts;
    }

    private final Map<String, Set<String>> uids = new HashMap<>();

    private Set<String> executedUids(String machine) {
        return uids.computeIfAbsent(machine, name -> new HashSet<>(executed.get(name)));
    }

    /** {@return the commands that QEMU has executed} Asserts that a session that has ended says nothing any more. */
    private static List<String> executedBy(Qemu qemu) {
        JsonMapper json = JsonMapper.shared();
        Map<String, String> labels = new HashMap<>();
        List<String> begun = new ArrayList<>();
        List<String> sessions = new ArrayList<>();
        for (String line : read(qemu.log())) {
            Matcher read = READ.matcher(line);
            Matcher execution = BEGUN.matcher(line);
            Matcher refused = REFUSED.matcher(line);
            if (read.find()) {
                JsonNode message = json.readTree(read.group(2));
                String id = message.path("id").asString("");
                if (id.length() > SESSION_LENGTH) {
                    String session = id.substring(0, SESSION_LENGTH);
                    int last = sessions.lastIndexOf(session);
                    assertThat(last).as("one session at a time: %s", line).isIn(-1, sessions.size() - 1);
                    if (last < 0) {
                        sessions.add(session);
                    }
                }
                if (message.path("execute").asString("").equals("ringbuf-write")) {
                    labels.put(id, message.path("arguments").path("data").asString(""));
                }
            } else if (execution.find() && labels.containsKey(execution.group(1))) {
                begun.add(labels.get(execution.group(1)));
            } else if (refused.find()) {
                String id = json.readTree(refused.group(1)).path("id").asString("");
                begun.remove(String.valueOf(labels.get(id)));
            }
        }
        assertThat(sessions).as("sessions of %s", qemu.socket()).isNotEmpty();
        return begun;
    }

    private static List<String> read(Path log) {
        try {
            return Files.readAllLines(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void stop() {
        processes.forEach(Process::destroy);
        for (Process process : processes) {
            try {
                process.waitFor(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
        servers.forEach(QmpServer::close);
        others.forEach(Process::destroyForcibly);
        real.values().forEach(Qemu::close);
    }
}
