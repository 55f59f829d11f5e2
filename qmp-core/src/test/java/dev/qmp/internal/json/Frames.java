package dev.qmp.internal.json;

import dev.qmp.error.ProtocolException;
import dev.qmp.internal.engine.GuessingScanner;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.FrameScanner;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Reads chunks as a connection does: what is not consumed is shown again, with what came behind it. */
final class Frames {

    private final JsonMessageCodec codec;
    private final FrameScanner scanner;
    private final Consumer<? super QmpMessage> received;
    private byte[] bytes = {};
    private int begin;
    private int end;
    int retracted;

    Frames(JsonMessageCodec codec, FrameScanner scanner, Consumer<? super QmpMessage> received) {
        this.codec = codec;
        this.scanner = scanner;
        this.received = received;
    }

    static List<QmpMessage> read(JsonMessageCodec codec, Iterable<byte[]> chunks) {
        List<QmpMessage> messages = new ArrayList<>();
        new Frames(codec, codec.newScanner(), messages::add).add(chunks);
        return messages;
    }

    /** {@return the bytes in pieces of a length, the last one perhaps shorter} */
    static List<byte[]> chunks(byte[] bytes, int length) {
        List<byte[]> chunks = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += length) {
            chunks.add(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + length)));
        }
        return chunks;
    }

    void add(Iterable<byte[]> chunks) {
        chunks.forEach(this::add);
    }

    private void add(byte[] chunk) {
        if (end + chunk.length > bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * (end + chunk.length));
        }
        System.arraycopy(chunk, 0, bytes, end, chunk.length);
        end += chunk.length;
        scan();
    }

    /** Ends the stream. */
    void end() {
        if (begin < end && isRetracted()) {
            scan();
        }
    }

    private void scan() {
        for (int length = 0; length >= 0 && begin < end; ) {
            length = scanner.scan(ByteBuffer.wrap(bytes, begin, end - begin));
            if (length >= 0 && decode(length)) {
                begin += length;
            }
        }
        if (!scanner.isWithinFrame()) {
            begin = 0;
            end = 0;
        }
    }

    private boolean isRetracted() {
        return scanner instanceof GuessingScanner guessing && guessing.retract();
    }

    private boolean decode(int length) {
        try {
            received.accept(codec.decode(ByteBuffer.wrap(bytes, begin, length)));
            return true;
        } catch (ProtocolException e) {
            if (!isRetracted()) {
                throw e;
            }
            retracted++;
            return false;
        }
    }
}
