import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/**
 * Records sessions with the QEMU programs on the PATH: a machine, a PC, bad input, a storage daemon, a guest agent.
 * {@code qemu-versions record} runs this for each version. The argument is the folder for the transcripts.
 *
 * <p>A line of a transcript is one line of the session behind "> " (sent) or "< " (received), byte for byte with its
 * end of line. The JDK alone is needed.
 */
public final class RecordTranscripts {

    private static final long LIMIT_SECONDS = 60;

    private final ByteArrayOutputStream transcript = new ByteArrayOutputStream();
    private final SocketChannel channel;
    private final InputStream in;
    private final OutputStream out;
    private final List<String> eventsSeen = new ArrayList<>();
    private int commands;

    private RecordTranscripts(SocketChannel channel) {
        this.channel = channel;
        in = new BufferedInputStream(Channels.newInputStream(channel));
        out = Channels.newOutputStream(channel);
    }

    /** What one session does. */
    private interface Script {

        void play(RecordTranscripts session) throws IOException;
    }

    public static void main(String[] args) throws Exception {
        Path target = Path.of(args[0]);
        Files.createDirectories(target);
        String qmp = "unix:s,server=on,wait=off";
        record(target.resolve("machine.gz"), RecordTranscripts::machine, system("-machine", "none", "-qmp", qmp));
        record(
                target.resolve("pc.gz"),
                RecordTranscripts::pc,
                system("-machine", "pc,accel=tcg", "-usb", "-m", "32", "-qmp", qmp));
        record(target.resolve("bad.gz"), RecordTranscripts::badInput, system("-machine", "none", "-qmp", qmp));
        record(
                target.resolve("storage-daemon.gz"),
                RecordTranscripts::storageDaemon,
                List.of(
                        "qemu-storage-daemon",
                        "--chardev",
                        "socket,id=c,path=s,server=on,wait=off",
                        "--monitor",
                        "chardev=c"));
        record(
                target.resolve("guest-agent.gz"),
                RecordTranscripts::guestAgent,
                List.of("qemu-ga", "-m", "unix-listen", "-p", "s", "-t", ".", "-f", "pid"));
    }

    private static List<String> system(String... options) {
        List<String> command =
                new ArrayList<>(List.of("qemu-system-x86_64", "-display", "none", "-nodefaults", "-name", "vm1"));
        command.addAll(List.of(options));
        return command;
    }

    /** Paths are relative to the program's folder, so that none of this machine gets into a transcript. */
    private static void record(Path target, Script script, List<String> command) throws Exception {
        Path folder = Files.createTempDirectory("qmp");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        Thread watchdog = new Thread(() -> {
            try {
                if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        watchdog.setDaemon(true);
        watchdog.start();
        try (SocketChannel channel = connect(folder.resolve("s"), process)) {
            RecordTranscripts session = new RecordTranscripts(channel);
            script.play(session);
            try (OutputStream file = new GZIPOutputStream(Files.newOutputStream(target))) {
                session.transcript.writeTo(file);
            }
            System.err.printf("%s: %d commands, %d bytes%n", target, session.commands, session.transcript.size());
        } catch (IOException e) {
            throw new IOException(target + ": " + command.get(0) + ": " + Files.readString(folder.resolve("log")), e);
        } finally {
            process.destroy();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static SocketChannel connect(Path socket, Process process) throws IOException, InterruptedException {
        while (process.isAlive()) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                return channel;
            } catch (IOException e) {
                channel.close();
                process.waitFor(50, TimeUnit.MILLISECONDS);
            }
        }
        throw new IOException("the program ended before it listened");
    }

    // ------------------------------------------------------------------ sessions

    private static void machine(RecordTranscripts s) throws IOException {
        s.greeting();
        s.execute("query-version");
        s.execute("query-status");
        s.execute("query-name");
        s.execute("query-commands");
        s.execute("query-qmp-schema");
        s.execute("query-machines");
        s.execute("query-iothreads");
        s.execute("query-chardev");
        s.execute("query-command-line-options");
        s.execute("qom-list", "{\"path\": \"/\"}");
        s.execute("qom-list", "{\"path\": \"/objects/ü€😀\"}");
        s.execute("no-such-command");
        s.execute("blockdev-ädd-😀");
        s.execute("blockdev-add", "{\"driver\": \"nope\", \"node-name\": \"n\"}");
        s.execute("blockdev-add", "{\"driver\": \"null-co\", \"node-name\": \"n\", \"nope\": 1}");
        s.execute("blockdev-add", "{\"driver\": \"null-co\", \"node-name\": 7}");
        s.execute("blockdev-add");
        s.execute("blockdev-del", "{\"node-name\": \"absent\"}");
        s.urgent("query-yank");
        s.urgent("query-status");
        s.execute("object-add", "{\"qom-type\": \"iothread\", \"id\": \"t0\"}");
        s.execute("object-add", "{\"qom-type\": \"iothread\", \"id\": \"t0\"}");
        s.execute("object-add", "{\"qom-type\": \"nope\", \"id\": \"t1\"}");
        s.execute("query-iothreads");
        s.execute("object-del", "{\"id\": \"t0\"}");
        s.execute("object-del", "{\"id\": \"t0\"}");
        s.execute("chardev-add", "{\"id\": \"ä\", \"backend\": {\"type\": \"null\", \"data\": {}}}");
        s.execute("chardev-add", "{\"id\": \"c0\", \"backend\": {\"type\": \"null\", \"data\": {}}}");
        s.execute("chardev-remove", "{\"id\": \"c0\"}");
        s.execute("human-monitor-command", "{\"command-line\": \"info version\"}");
        s.execute("human-monitor-command", "{\"command-line\": \"help\"}");
        s.execute("human-monitor-command", "{\"command-line\": \"ü€😀\"}");
        s.execute("getfd", "{\"fdname\": \"f\"}");
        s.jobs();
        s.quit();
    }

    private void jobs() throws IOException {
        execute("blockdev-add", "{\"driver\": \"null-co\", \"node-name\": \"a\", \"size\": 1048576}");
        execute("blockdev-add", "{\"driver\": \"null-co\", \"node-name\": \"b\", \"size\": 1048576}");
        execute("query-named-block-nodes");
        execute("blockdev-mirror", "{\"job-id\": \"m\", \"device\": \"a\", \"target\": \"b\", \"sync\": \"full\"}");
        event("BLOCK_JOB_READY");
        execute("query-jobs");
        execute("query-block-jobs");
        execute("job-complete", "{\"id\": \"m\"}");
        event("BLOCK_JOB_COMPLETED");
        execute("job-dismiss", "{\"id\": \"m\"}");
        execute(
                "blockdev-create",
                "{\"job-id\": \"k\", \"options\": {\"driver\": \"file\", \"filename\": \"disk\", \"size\": 65536}}");
        event("\"concluded\", \"id\": \"k\"");
        execute("job-dismiss", "{\"id\": \"k\"}");
        execute("blockdev-del", "{\"node-name\": \"b\"}");
        execute("blockdev-del", "{\"node-name\": \"a\"}");
    }

    private static void pc(RecordTranscripts s) throws IOException {
        s.greeting();
        s.execute("query-status");
        s.execute("query-cpus-fast");
        s.execute("query-cpu-definitions");
        s.execute("query-pci");
        s.execute("query-block");
        s.execute("query-mice");
        s.execute("query-memory-size-summary");
        s.execute("query-memory-devices");
        s.execute("query-balloon");
        s.execute("human-monitor-command", "{\"command-line\": \"info qtree\"}");
        s.execute("device_add", "{\"driver\": \"usb-tablet\", \"id\": \"t\"}");
        s.execute("device_add", "{\"driver\": \"usb-tablet\", \"id\": \"t\"}");
        s.execute("device_add", "{\"driver\": \"nope\"}");
        s.execute("device_del", "{\"id\": \"t\"}");
        s.event("DEVICE_DELETED");
        s.execute("device_del", "{\"id\": \"t\"}");
        s.execute("stop");
        s.event("STOP");
        s.execute("query-status");
        s.execute("cont");
        s.event("RESUME");
        s.execute("system_reset");
        s.event("RESET");
        s.execute("system_powerdown");
        s.event("POWERDOWN");
        s.execute("rtc-reset-reinjection");
        s.execute("send-key", "{\"keys\": [{\"type\": \"qcode\", \"data\": \"ret\"}]}");
        s.execute("inject-nmi");
        s.execute("query-rx-filter");
        s.execute("query-migrate");
        s.execute("query-stats-schemas");
        s.execute("set_password", "{\"protocol\": \"vnc\", \"password\": \"x\"}");
        s.quit();
    }

    /** What is no command; each text has one error, with an id only if the text has one. */
    private static void badInput(RecordTranscripts s) throws IOException {
        s.greeting();
        s.bad("{\"execute\": nope}");
        s.bad("{\"execute\": \"query-name\", }");
        s.bad("[1, 2]");
        s.bad("7");
        s.bad("{\"id\": \"x\"}");
        s.bad("{\"execute\": 7}");
        s.bad("{\"execute\": \"query-name\", \"extra\": 1}");
        s.bad("{\"execute\": \"query-name\", \"arguments\": []}");
        s.bad("{\"execute\": \"query-name\", \"exec-oob\": \"query-name\"}");
        s.execute("query-name");
        s.quit();
    }

    private static void storageDaemon(RecordTranscripts s) throws IOException {
        s.greeting();
        s.execute("query-version");
        s.execute("query-commands");
        s.execute("query-qmp-schema");
        s.execute("query-status");
        s.execute("query-block-exports");
        s.execute("block-export-del", "{\"id\": \"ü\"}");
        s.execute("object-add", "{\"qom-type\": \"iothread\", \"id\": \"t0\"}");
        s.execute("object-del", "{\"id\": \"t0\"}");
        s.jobs();
        s.quit();
    }

    /** An agent does not greet. Its commands need no ids, because it runs one after the other. */
    private static void guestAgent(RecordTranscripts s) throws IOException {
        s.bad("{\"execute\": \"guest-sync-delimited\", \"arguments\": {\"id\": 4711}}");
        s.bad("{\"execute\": \"guest-sync\", \"arguments\": {\"id\": 4712}}");
        s.bad("{\"execute\": \"guest-ping\"}");
        s.bad("{\"execute\": \"guest-info\"}");
        s.bad("{\"execute\": \"no-such-command-ü€😀\"}");
        s.bad("{\"execute\": \"guest-file-open\", \"arguments\": {\"path\": \"log\"}}");
        s.bad("{\"execute\": \"guest-file-close\", \"arguments\": {\"handle\": 123456}}");
        s.bad("{\"execute\": \"guest-file-open\"}");
        s.bad("{\"execute\": \"guest-exec-status\", \"arguments\": {\"pid\": 1}}");
        s.bad("{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"/bin/true\", \"capture-output\": true}}");
        s.bad("{\"execute\": nope}");
        s.bad("{\"execute\": \"guest-get-timezone\"}");
    }

    // ------------------------------------------------------------------ one session

    private void greeting() throws IOException {
        receive();
        send("{\"execute\": \"qmp_capabilities\", \"arguments\": {\"enable\": [\"oob\"]}, \"id\": \"c0\"}");
        reply("\"c0\"");
        commands++;
    }

    private void execute(String name) throws IOException {
        command("execute", name, null);
    }

    private void execute(String name, String arguments) throws IOException {
        command("execute", name, arguments);
    }

    private void urgent(String name) throws IOException {
        command("exec-oob", name, null);
    }

    private void command(String how, String name, String arguments) throws IOException {
        String id = "\"c" + ++commands + "\"";
        String given = arguments == null ? "" : ", \"arguments\": " + arguments;
        send("{\"" + how + "\": \"" + name + "\"" + given + ", \"id\": " + id + "}");
        reply(id);
    }

    private void bad(String text) throws IOException {
        send(text);
        commands++;
        while (isEvent(receive())) {
            // the reply is behind it
        }
    }

    private void quit() throws IOException {
        execute("quit");
        try {
            while (true) {
                receive();
            }
        } catch (IOException e) {
            // the end of the stream, or a reset
        }
    }

    private void reply(String id) throws IOException {
        String line;
        do {
            line = receive();
        } while (isEvent(line) || !line.contains("\"id\": " + id));
    }

    /** Receives up to an event that contains a text, unless it is there already. */
    private void event(String text) throws IOException {
        while (eventsSeen.stream().noneMatch(event -> event.contains(text))) {
            receive();
        }
        eventsSeen.clear();
    }

    /** A reply begins with "return", "error" or "id", whatever the version. */
    private static boolean isEvent(String line) {
        return line.startsWith("{\"timestamp\"") || line.startsWith("{\"event\"") || line.startsWith("{\"data\"");
    }

    private void send(String text) throws IOException {
        byte[] line = (text + "\n").getBytes(StandardCharsets.UTF_8);
        transcript.writeBytes(new byte[] {'>', ' '});
        transcript.writeBytes(line);
        out.write(line);
        out.flush();
    }

    private String receive() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int one;
        do {
            one = in.read();
            if (one < 0) {
                throw new IOException("the session ended within or before a line");
            }
            line.write(one);
        } while (one != '\n');
        transcript.writeBytes(new byte[] {'<', ' '});
        line.writeTo(transcript);
        String text = line.toString(StandardCharsets.UTF_8);
        if (isEvent(text)) {
            eventsSeen.add(text);
        }
        return text;
    }
}
