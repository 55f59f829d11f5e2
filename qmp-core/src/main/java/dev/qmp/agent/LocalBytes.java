package dev.qmp.agent;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Bytes in memory: to send, or received. */
final class LocalBytes implements LocalEnd {

    private final byte @Nullable [] sent;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();

    private LocalBytes(byte @Nullable [] sent) {
        this.sent = sent;
    }

    static LocalBytes toSend(byte[] bytes) {
        return new LocalBytes(bytes);
    }

    static LocalBytes toReceive() {
        return new LocalBytes(null);
    }

    byte[] received() {
        return received.toByteArray();
    }

    @Override
    public long size() {
        return sent == null ? -1 : sent.length;
    }

    @Override
    public byte[] read(long offset, int count) {
        byte[] all = sent == null ? new byte[0] : sent;
        int from = (int) Math.min(offset, all.length);
        return Arrays.copyOfRange(all, from, Math.min(all.length, from + count));
    }

    @Override
    public void write(long offset, byte[] bytes) {
        received.writeBytes(bytes);
    }

    @Override
    public void end(boolean success) {
        // nothing to release
    }
}
