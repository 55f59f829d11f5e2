package dev.qmp.internal.transport;

import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Recognizes the failure to connect to a Unix socket whose queue is full. Java has no type for it, and the system's
 * text is in its user's language. So the text is learned from a socket whose queue is full on purpose.
 */
final class BusySocketText {

    private static final String ENGLISH = "temporarily unavailable";

    /** The maximum number of connections until a queue of one place is full. Linux accepts two. */
    private static final int ENOUGH = 8;

    /** The text in the user's language, in lower case; null if it is not known yet. */
    private static volatile @Nullable String learned;

    private BusySocketText() {}

    /** {@return whether a text, in lower case, is that of a full queue} */
    static boolean isIn(String text) {
        String own = learned;
        return text.contains(ENGLISH) || (own != null && text.contains(own));
    }

    /** Learns the text in the user's language, once. It blocks for a moment. */
    static synchronized void learn() {
        if (learned == null) {
            set(textOfFullQueue()); // a failure leaves it to the next call
        }
    }

    /** {@return the text in the user's language, in lower case; null if it is not known yet} */
    static @Nullable String learned() {
        return learned;
    }

    /** Sets the text in the user's language. */
    static void set(@Nullable String text) {
        learned = text == null ? null : text.toLowerCase(Locale.ROOT);
    }

    /** {@return the system's text; null if it cannot be learned now} */
    private static @Nullable String textOfFullQueue() {
        try {
            Path folder = Files.createTempDirectory("qmp-");
            Path socket = folder.resolve("full");
            try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                server.bind(UnixDomainSocketAddress.of(socket), 1);
                return fill(UnixDomainSocketAddress.of(socket), ENOUGH);
            } finally {
                Files.deleteIfExists(socket);
                Files.delete(folder);
            }
        } catch (IOException e) { // such as a lack of descriptors
            return null;
        }
    }

    private static String fill(UnixDomainSocketAddress address, int left) throws IOException {
        try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            client.configureBlocking(false);
            try {
                client.connect(address);
            } catch (SocketException e) {
                // the other systems refuse the connection, which has a type
                String text = e.getMessage();
                return text != null && e.getClass() == SocketException.class && left < ENOUGH ? text : ENGLISH;
            }
            return left == 0 ? ENGLISH : fill(address, left - 1);
        }
    }
}
