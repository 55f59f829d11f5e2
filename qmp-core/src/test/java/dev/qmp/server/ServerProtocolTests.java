package dev.qmp.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpGreeting;
import dev.qmp.message.QmpJson;
import dev.qmp.message.QmpReply;
import dev.qmp.message.QmpVersion;
import dev.qmp.protocol.EventLoops;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.StringNode;

/** The server's side of a session, without a socket that listens. */
@Timeout(30)
class ServerProtocolTests {

    private static final ServerRole MONITOR =
            new ServerRole(false, true, new QmpGreeting(new QmpVersion(10, 0, 0, ""), Set.of()), null);

    private final EventLoops loops = EventLoops.create(1);
    private final RawServer client = RawServer.tcp();
    private final Set<ServerFault> faults = ConcurrentHashMap.newKeySet();
    private final ServerProtocol protocol = new ServerProtocol(
            ProtocolOptions.builder("server").eventLoops(loops).build(), MONITOR, faults, new Unwatched());

    private static final class Unwatched implements ServerProtocol.Watch {

        @Override
        public void negotiated() {}

        @Override
        public void received(QmpCommand command) {}

        @Override
        public void refused(QmpReply refusal) {}

        @Override
        public void left() {}
    }

    @AfterEach
    void close() {
        protocol.disconnect().exceptionally(failure -> null).join();
        client.close();
        loops.close();
    }

    @Test
    void aReplyToAClientThatHasLeftIsNotHeldForTheNext() throws Exception {
        faults.add(ServerFault.SILENT);
        protocol.reply(QmpReply.success(StringNode.valueOf("late"), QmpJson.object()));
        var connected = protocol.connect(client.endpoint());
        try (RawPeer next = client.accept()) {
            connected.get(20, TimeUnit.SECONDS);
            faults.clear();
            protocol.releaseHeld();
            assertThat(next.readLine()).contains("QMP");
        }
    }
}
