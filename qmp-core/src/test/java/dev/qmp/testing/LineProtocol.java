package dev.qmp.testing;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.protocol.AsyncProtocol;
import dev.qmp.protocol.ProtocolOptions;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * A protocol of one's own: lines of text, and both sides begin with HELLO. Sockets and threads are not its business.
 */
public class LineProtocol extends AsyncProtocol<String> {

    private final Consumer<String> onLine;

    /** Creates a protocol object whose lines are handled on its event loop. */
    public LineProtocol(ProtocolOptions options, Consumer<String> onLine) {
        super(options, new LineCodec());
        this.onLine = onLine;
    }

    /** Sends a line, in turn. */
    public void say(String line) {
        send(line);
    }

    @Override
    protected CompletionStage<Void> establishSession() {
        enterPhase(LinePhase.GREETING, "the peer does not say HELLO");
        send("HELLO");
        return receive().thenAccept(first -> {
            if (!first.equals("HELLO")) {
                throw new ProtocolException(Violation.UNEXPECTED, "the first line is not HELLO");
            }
        });
    }

    @Override
    protected void onMessage(String line) {
        onLine.accept(line);
    }
}
