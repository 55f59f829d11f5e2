package dev.qmp.testing;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpJson;
import dev.qmp.protocol.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A server that a test scripts, on plain sockets of the JDK, without code of the library under test. A test plays the
 * peer itself, step by step, or supplies a script for all peers.
 */
public final class ScriptedServer implements AutoCloseable {

    /** The first message of a QEMU. */
    public static final String GREETING =
            "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7},"
                    + " \"package\": \"test\"}, \"capabilities\": [\"oob\"]}}";

    private static final JsonMapper MAPPER = new JsonMapper();

    private final Path folder;
    private final ServerSocketChannel listening;
    private final List<Peer> peers = new CopyOnWriteArrayList<>();

    private ScriptedServer(Path folder, ServerSocketChannel listening) {
        this.folder = folder;
        this.listening = listening;
    }

    /** What is done with one client. */
    @FunctionalInterface
    public interface Script {

        /** Plays; the connection is closed afterwards. */
        void play(Peer peer) throws IOException;
    }

    /** {@return a server that listens in a folder of its own} */
    public static ScriptedServer start() {
        try {
            Path folder = Files.createTempDirectory("qmp");
            ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            listening.bind(UnixDomainSocketAddress.of(folder.resolve("s")), 128);
            return new ScriptedServer(folder, listening);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return where it listens} */
    public Endpoint endpoint() {
        return Endpoint.unix(folder.resolve("s"));
    }

    /** {@return the next client, once it is there} */
    public Peer accept() {
        try {
            Peer peer = new Peer(listening.accept());
            peers.add(peer);
            return peer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the peer of a client that this connects, greeted and negotiated with} */
    public Peer connect(QmpClient client) {
        CompletableFuture<Void> connected = client.connect();
        Peer peer = accept();
        peer.negotiate();
        connected.join();
        return peer;
    }

    /** Plays a script, on a thread of its own, with every client that comes, one after the other. */
    public ScriptedServer play(Script script) {
        spawn(() -> {
            while (listening.isOpen()) {
                try {
                    playOnce(script, accept());
                } catch (UncheckedIOException e) {
                    // the server was closed
                }
            }
        });
        return this;
    }

    /** Plays a script with every client that comes, with each on a thread of its own. */
    public ScriptedServer playWithEach(Script script) {
        spawn(() -> {
            while (listening.isOpen()) {
                try {
                    Peer peer = accept();
                    spawn(() -> playOnce(script, peer));
                } catch (UncheckedIOException e) {
                    // the server was closed
                }
            }
        });
        return this;
    }

    private static void playOnce(Script script, Peer peer) {
        try (peer) {
            script.play(peer);
        } catch (IOException | UncheckedIOException e) {
            // the client has left
        }
    }

    private static void spawn(Runnable task) {
        Thread thread = new Thread(task, "scripted-server");
        thread.setDaemon(true);
        thread.start();
    }

    /** Hangs up on every client. */
    public void closePeers() {
        peers.forEach(Peer::close);
    }

    @Override
    public void close() {
        try {
            listening.close();
            closePeers();
            Files.deleteIfExists(folder.resolve("s"));
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The server's end of one connection. */
    public static final class Peer implements AutoCloseable {

        private final SocketChannel channel;
        private final ByteBuffer input = ByteBuffer.allocate(64 * 1024).flip();

        private Peer(SocketChannel channel) {
            this.channel = channel;
        }

        /** Sends a text as it is, with the end of line that QEMU sends. */
        public Peer say(String line) {
            return sayPart(line + "\r\n");
        }

        /** Sends a text without an end of line. */
        public Peer sayPart(String text) {
            return sayBytes(text.getBytes(StandardCharsets.UTF_8));
        }

        /** Sends bytes as they are. */
        public Peer sayBytes(byte[] bytes) {
            try {
                ByteBuffer out = ByteBuffer.wrap(bytes);
                while (out.hasRemaining()) {
                    channel.write(out);
                }
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** {@return the next line of the client} */
        public String hearLine() {
            try {
                ByteArrayOutputStream line = new ByteArrayOutputStream();
                while (true) {
                    if (!input.hasRemaining() && read() < 0) {
                        throw new IOException("the client hung up");
                    }
                    byte next = input.get();
                    if (next == '\n') {
                        return line.toString(StandardCharsets.UTF_8);
                    }
                    line.write(next);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /**
         * {@return the next command of the client, which must be the named one, carry a file descriptor and so end
         * without a line end} The descriptor itself is lost: Java's sockets take none.
         */
        public ObjectNode hearWithDescriptor(String command) {
            try {
                StringBuilder text = new StringBuilder();
                do {
                    if (!input.hasRemaining() && read() < 0) {
                        throw new IOException("the client hung up");
                    }
                    text.append((char) input.get());
                } while (text.length() == 1 || !isWhole(text.toString()));
                ObjectNode message = (ObjectNode) MAPPER.readTree(text.toString());
                if (text.charAt(0) != '\n'
                        || !message.path("execute").asString("").equals(command)) {
                    throw new AssertionError("expected " + command + ", but the client said " + text);
                }
                return message;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** No text of these messages has a bracket. */
        private static boolean isWhole(String text) {
            return text.chars().filter(next -> next == '{').count()
                    == text.chars().filter(next -> next == '}').count();
        }

        /** {@return whether the client sends nothing more and closes the connection} */
        public boolean hearsTheEnd() {
            try {
                return !input.hasRemaining() && read() < 0;
            } catch (IOException e) {
                return true; // by a reset
            }
        }

        private int read() throws IOException {
            input.clear();
            int count = channel.read(input);
            input.flip();
            return count;
        }

        /** {@return the next message of the client} */
        public ObjectNode hear() {
            return (ObjectNode) MAPPER.readTree(hearLine());
        }

        /** {@return the next message of the client, which must be the named command} */
        public ObjectNode hear(String command) {
            ObjectNode message = hear();
            String name =
                    message.path("execute").asString(message.path("exec-oob").asString(""));
            if (!name.equals(command)) {
                throw new AssertionError("expected " + command + ", but the client said " + message);
            }
            return message;
        }

        /** Greets, answers the negotiation, and is a machine without an identity. */
        public Peer negotiate() {
            say(GREETING);
            return answer(hear("qmp_capabilities"), "{}").identify();
        }

        /** Answers the questions which machine it is: one without name and UUID. */
        public Peer identify() {
            return identify("00000000-0000-0000-0000-000000000000", null);
        }

        /** Answers the questions which machine it is. */
        public Peer identify(String uuid, @Nullable String name) {
            answer(hear("query-uuid"), "{\"UUID\": \"" + uuid + "\"}");
            return answer(hear("query-name"), name == null ? "{}" : "{\"name\": \"" + name + "\"}");
        }

        /** Answers a command. */
        public Peer answer(ObjectNode command, String result) {
            return say("{\"return\": " + result + ", \"id\": " + command.get("id") + "}");
        }

        /** Answers a command with an error. */
        public Peer reject(ObjectNode command, String errorClass, String description) {
            ObjectNode message = QmpJson.object();
            message.set("id", command.get("id"));
            message.putObject("error").put("class", errorClass).put("desc", description);
            return say(message.toString());
        }

        /** Sends an event. */
        public Peer emit(String name) {
            return say("{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"" + name + "\"}");
        }

        /** Sends an event with data. */
        public Peer emit(String name, JsonNode data) {
            return say("{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"" + name + "\", \"data\": "
                    + data + "}");
        }

        /** Sends nothing more, and can still hear. */
        public void endOutput() {
            try {
                channel.shutdownOutput();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Waits, hearing all and answering nothing, until the client hangs up. */
        public void awaitEnd() {
            try {
                while (read() >= 0) {
                    // for any content
                }
            } catch (IOException e) {
                // hung up the hard way
            }
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
