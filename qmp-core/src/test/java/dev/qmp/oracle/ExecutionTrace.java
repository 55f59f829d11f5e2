package dev.qmp.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.QemuVersion;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    /** QEMU before 6.0 does not trace its replies. */
    private static final boolean HAS_REPLIES = QemuVersion.installed().isAtLeast("6.0");

    private static final JsonMapper JSON = JsonMapper.shared();

    private final Path file;
    private final Map<String, Execution> known = new HashMap<>();
    private final Set<Execution> doubtful = new HashSet<>();
    private long position;

    ExecutionTrace(Path file) {
        this.file = file;
    }

    /**
     * {@return what was begun since the last call, in order, but for what was refused} A command that QEMU took up as
     * its client left is refused if the next client comes first: then it expects a negotiation. If replies are not
     * traced, such a command is returned, and {@linkplain #isDoubtful doubtful}.
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
                if (!HAS_REPLIES && known.name().equals("qmp_capabilities") && !begun.isEmpty()) {
                    doubtful.add(begun.get(begun.size() - 1));
                }
                begun.add(known);
            } else if (refused.find()) {
                String id = JSON.readTree(refused.group(1)).path("id").asString("");
                begun.removeIf(one -> one.id().equals(id));
            }
        }
        return begun;
    }

    /** {@return whether a command was perhaps refused: the next one that was begun is a negotiation} */
    boolean isDoubtful(Execution execution) {
        return doubtful.contains(execution);
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
