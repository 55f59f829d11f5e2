package dev.qmp.autoconfigure;

import dev.qmp.message.QmpEvent;
import dev.qmp.protocol.Endpoint;
import dev.qmp.server.QmpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A monitor in this process, on a socket in a short folder of its own, that can go away and come back. */
public final class TestMonitor implements AutoCloseable {

    private final Path folder;
    private QmpServer server;

    private TestMonitor(Path folder) {
        this.folder = folder;
    }

    /** {@return a monitor that is not there yet} */
    public static TestMonitor absent() {
        try {
            return new TestMonitor(Files.createTempDirectory("qmp"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return a monitor that listens} */
    public static TestMonitor started() {
        TestMonitor monitor = absent();
        monitor.start();
        return monitor;
    }

    /** Comes (back) with a UUID. */
    public void start(String uuid) {
        server = builder()
                .handler(
                        "query-uuid",
                        command -> JsonNodeFactory.instance.objectNode().put("UUID", uuid))
                .start();
    }

    /** Starts, or starts again. {@code stop} emits its event before the reply, as QEMU does. */
    public void start() {
        server = builder().start();
    }

    private QmpServer.Builder builder() {
        return QmpServer.builder(Endpoint.unix(socket()))
                .handler("query-status", command -> status("running"))
                .handler("stop", command -> {
                    server.emit(QmpEvent.of("STOP"));
                    return JsonNodeFactory.instance.objectNode();
                });
    }

    /** {@return the reply of query-status} */
    public static ObjectNode status(String status) {
        return JsonNodeFactory.instance.objectNode().put("status", status).put("running", status.equals("running"));
    }

    /** Goes away, and the socket with it. */
    public void stop() {
        if (server != null) {
            server.close();
            server = null;
        }
    }

    /** {@return the server now} */
    public QmpServer server() {
        return server;
    }

    /** {@return the socket} */
    public Path socket() {
        return folder.resolve("vm.qmp");
    }

    /** {@return the address as properties have it} */
    public String address() {
        return "unix:" + socket();
    }

    @Override
    public void close() {
        stop();
        try {
            Files.deleteIfExists(socket());
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
