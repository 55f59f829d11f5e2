package dev.qmp.sample.app;

import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;
import org.springframework.stereotype.Component;

/**
 * Reads the bodies of requests within two limits: the length of one body, and the length of all bodies whose
 * commands are under way. A body that declares a greater length is refused before it is read.
 */
@Component
public class RequestBodies {

    /** The maximum length of a command by default. */
    static final int MAX_BYTES = 1024 * 1024;

    static final int MAX_BYTES_TOGETHER = 4 * MAX_BYTES;

    private static final int PIECE = 8192;

    private final Semaphore room = new Semaphore(MAX_BYTES_TOGETHER);

    /**
     * {@return the body of a request} The caller closes it when its command has an outcome.
     *
     * @throws BodyRefusedException if a limit is exceeded
     */
    public Body read(HttpServletRequest request) throws IOException {
        if (request.getContentLengthLong() > MAX_BYTES) {
            throw BodyRefusedException.tooLong();
        }
        Body body = new Body();
        try {
            body.fill(request.getInputStream());
            return body;
        } catch (IOException | RuntimeException e) {
            body.release();
            throw e;
        }
    }

    /** A body, and its share of the total limit. */
    public final class Body {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int share;

        private void fill(InputStream stream) throws IOException {
            byte[] piece = new byte[PIECE];
            for (int count = stream.read(piece); count >= 0; count = stream.read(piece)) {
                if (share + count > MAX_BYTES) {
                    throw BodyRefusedException.tooLong();
                }
                if (!room.tryAcquire(count)) {
                    throw BodyRefusedException.tooMany();
                }
                share += count;
                bytes.write(piece, 0, count);
            }
        }

        /** {@return all bytes of the body} */
        public byte[] bytes() {
            return bytes.toByteArray();
        }

        /** Releases the share, once. */
        public void release() {
            room.release(share);
            share = 0;
        }
    }
}
