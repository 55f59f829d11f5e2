package dev.qmp.internal.transport;

import dev.qmp.QmpClient;
import dev.qmp.protocol.FrameScanner;
import dev.qmp.protocol.LineScanner;
import dev.qmp.protocol.MessageCodec;
import dev.qmp.protocol.ProtocolOptions;
import dev.qmp.protocol.Runstate;
import dev.qmp.testing.LineProbe;
import dev.qmp.testing.RawPeer;
import dev.qmp.testing.RawServer;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** A program that has no junixsocket; see {@link WithoutDescriptorLibraryTests}. */
final class WithoutDescriptorLibrary {

    private WithoutDescriptorLibrary() {}

    public static void main(String[] arguments) throws Exception {
        try (RawServer server = RawServer.tcp()) {
            try {
                QmpClient.builder(server.endpoint()).fileDescriptors(true).build();
                throw new AssertionError("it was built");
            } catch (IllegalStateException e) {
                say(e.getMessage());
            }
            LineProbe probe = new LineProbe(ProtocolOptions.builder("vm1").build(), new WithDescriptors());
            probe.connect(server.endpoint()).get(5, TimeUnit.SECONDS);
            RawPeer peer = server.accept();
            probe.say("with a descriptor");
            probe.say("ordinary");
            say("the peer heard: " + peer.readLine());
            say("unsent: " + probe.unsentCauses().get(0).getMessage());
            say("still " + Runstate.RUNNING.equals(probe.runstate()));
            probe.disconnect().get(5, TimeUnit.SECONDS);
        }
    }

    private static void say(String text) {
        System.out.println(text);
    }

    private static final class WithDescriptors implements MessageCodec<String> {

        @Override
        public FrameScanner newScanner() {
            return new LineScanner();
        }

        @Override
        public String decode(ByteBuffer frame) {
            return StandardCharsets.UTF_8.decode(frame).toString();
        }

        @Override
        public void encode(String message, OutputStream out) throws IOException {
            out.write((message + "\n").getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public FileDescriptor attachment(String message) {
            return message.startsWith("with") ? FileDescriptor.out : null;
        }
    }
}
