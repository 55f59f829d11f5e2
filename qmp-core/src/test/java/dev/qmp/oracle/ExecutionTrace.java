package dev.qmp.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads what QEMU traces of its monitors: every command it has read, then every command it begins to execute. It writes
 * a line before it executes, so that the trace is whole even if it is killed.
 */
final class ExecutionTrace {

    /** What QEMU is to be started with. */
    static final List<String> ARGUMENTS = List.of(
            "-trace", "handle_qmp_command", "-trace", "monitor_qmp_cmd_in_band", "-trace", "monitor_qmp_respond");

    private static final Pattern READ = Pattern.compile("handle_qmp_command mon \\S+ req: (.*)");
    private static final Pattern BEGUN = Pattern.compile("monitor_qmp_cmd_in_band \"?([^\"]*)\"?$");
    private static final Pattern REFUSED = Pattern.compile("monitor_qmp_respond .* resp: (\\{\"id\": .*\"error\": .*)");

    private static final JsonMapper JSON = JsonMapper.shared();

    private final Path file;
    private final Map<String, Execution> known = new HashMap<>();
    private long position;

    ExecutionTrace(Path file) {
        this.file = file;
    }

    /**
     * {@return what was begun since the last call, in order, but for what was refused} A command that QEMU took up as
     * its client left is refused if the next client comes first: then it expects a negotiation.
     */
    List<Execution> read() {
        List<Execution> begun = new ArrayList<>();
        for (String line : newLines()) {
            Matcher read = READ.matcher(line);
            Matcher execution = BEGUN.matcher(line);
            Matcher refused = REFUSED.matcher(line);
            if (read.find()) {
                remember(JSON.readTree(read.group(1)));
            } else if (execution.find()) {
                Execution known = this.known.remove(execution.group(1));
                assertThat(known).as("read once, begun once: %s", line).isNotNull();
                begun.add(known);
            } else if (refused.find()) {
                String id = JSON.readTree(refused.group(1)).path("id").asString("");
                begun.removeIf(one -> one.id().equals(id));
            }
        }
        return begun;
    }

    private void remember(JsonNode message) {
        String id = message.path("id").asString("");
        String name = message.path("execute").asString("");
        String label = message.path("arguments").path("data").asString("");
        assertThat(known.put(id, new Execution(id, name, label)))
                .as("one id, one command: %s", id)
                .isNull();
    }

    private List<String> newLines() {
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            byte[] more = new byte[(int) (in.length() - position)];
            in.seek(position);
            in.readFully(more);
            String text = new String(more, StandardCharsets.UTF_8);
            int whole = text.lastIndexOf('\n') + 1;
            position += text.substring(0, whole).getBytes(StandardCharsets.UTF_8).length;
            return text.substring(0, whole).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
