package dev.qmp.testing;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.protocol.FrameScanner;
import dev.qmp.protocol.LineScanner;
import dev.qmp.protocol.MessageCodec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** Lines of UTF-8 text, without their newlines. */
public final class LineCodec implements MessageCodec<String> {

    private final Supplier<FrameScanner> scanners;

    public LineCodec() {
        this(LineScanner::new);
    }

    public LineCodec(Supplier<FrameScanner> scanners) {
        this.scanners = scanners;
    }

    @Override
    public FrameScanner newScanner() {
        return scanners.get();
    }

    @Override
    public String decode(ByteBuffer frame) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(frame).toString().stripTrailing();
        } catch (CharacterCodingException e) {
            throw new ProtocolException(Violation.BAD_MESSAGE, "a line is not UTF-8", e);
        }
    }

    @Override
    public void encode(String line, OutputStream out) throws IOException {
        if (line.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("a line cannot hold a newline");
        }
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
