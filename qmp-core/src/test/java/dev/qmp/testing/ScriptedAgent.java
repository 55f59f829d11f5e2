package dev.qmp.testing;

import dev.qmp.message.QmpJson;
import dev.qmp.testing.ScriptedServer.Peer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A guest agent in one thread, as {@code qemu-ga} is: executes one command after the other, answers the byte 0xFF with
 * an error without an id, and puts that byte before the reply to {@code guest-sync-delimited}.
 */
public final class ScriptedAgent implements ScriptedServer.Script {

    /** What agents before 4.0 answer to a command that has an id. */
    public static final String REFUSAL =
            "{\"error\": {\"class\": \"GenericError\", \"desc\": \"QMP input object member 'id' is unexpected\"}}\n";

    /** What an agent answers to the byte 0xFF. */
    public static final String PARSE_ERROR =
            "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error, stray '\\uFFFD'\"}}\n";

    private static final JsonMapper MAPPER = new JsonMapper();
    private static final String SENTINEL = "\uFFFD";

    private final boolean takesIds;
    private final AtomicInteger swallows = new AtomicInteger();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final List<String> executed = new CopyOnWriteArrayList<>();
    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();

    /** Creates an agent that takes ids, or one that refuses them. */
    public ScriptedAgent(boolean takesIds) {
        this.takesIds = takesIds;
    }

    /** Has the next lines vanish, as a serial port does that is not open in the guest. */
    public void swallow(int lines) {
        swallows.set(lines);
    }

    /** Has each execution of a command wait. */
    public CountDownLatch hold(String command) {
        CountDownLatch gate = new CountDownLatch(1);
        gates.put(command, gate);
        return gate;
    }

    /** Has a command answered by JSON, such as {@code {"return": 1}} or {@code {"error": {…}}}. */
    public ScriptedAgent answer(String command, String reply) {
        answers.put(command, reply);
        return this;
    }

    /** Has a command answered by an error. */
    public ScriptedAgent reject(String command, String description) {
        return answer(command, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"" + description + "\"}}");
    }

    /** Has a command executed and not answered. */
    public ScriptedAgent mute(String command) {
        return answer(command, "");
    }

    /** {@return the names of the commands that were executed, but for synchronizations} */
    public List<String> executed() {
        return executed.stream().filter(name -> !name.startsWith("guest-sync")).toList();
    }

    /** {@return all lines that arrived} */
    public List<String> heard() {
        return heard;
    }

    @Override
    public void play(Peer peer) {
        while (true) {
            String line = peer.hearLine();
            heard.add(line);
            if (swallows.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                continue;
            }
            if (line.startsWith(SENTINEL)) {
                peer.sayPart(PARSE_ERROR);
            }
            execute(peer, (ObjectNode) MAPPER.readTree(line.replace(SENTINEL, "")));
        }
    }

    private void execute(Peer peer, ObjectNode message) {
        JsonNode id = message.get("id");
        if (id != null && !takesIds) {
            peer.sayPart(REFUSAL);
            return;
        }
        String name = message.path("execute").asString("");
        executed.add(name);
        awaitGate(name);
        ObjectNode reply = QmpJson.object();
        String answer = answers.get(name);
        if ("".equals(answer)) {
            return;
        }
        if (answer != null) {
            reply = (ObjectNode) MAPPER.readTree(answer);
        } else if (name.startsWith("guest-sync")) {
            reply.set("return", message.path("arguments").get("id"));
        } else if (name.startsWith("guest-bad")) {
            reply.putObject("error").put("class", "GenericError").put("desc", "no such file");
        } else {
            reply.putObject("return").put("of", name);
        }
        if (id != null) {
            reply.set("id", id);
        }
        if (name.equals("guest-sync-delimited")) {
            peer.sayBytes(new byte[] {(byte) 0xFF});
        }
        peer.sayPart(reply + "\n");
    }

    private void awaitGate(String name) {
        CountDownLatch gate = gates.get(name);
        try {
            if (gate != null) {
                gate.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
