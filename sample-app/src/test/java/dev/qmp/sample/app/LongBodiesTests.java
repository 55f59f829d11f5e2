package dev.qmp.sample.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.sample.testing.Api;
import dev.qmp.sample.testing.SampleProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that are longer than the memory. */
class LongBodiesTests {

    private static final int PIECE = 1024 * 1024;
    private static final int PIECES = 90;

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "chunked: {0}")
    @ValueSource(booleans = {false, true})
    void input58ThreeAtOnceLeaveASmallHeapAlone(boolean chunked) throws Exception {
        try (SampleProcess sample = SampleProcess.withHeap("128m", directory)) {
            Api api = sample.api();
            List<CompletableFuture<String>> answers = IntStream.range(0, 3)
                    .mapToObj(i -> CompletableFuture.supplyAsync(() -> post(api.port(), chunked)))
                    .toList();
            assertThat(answers).allSatisfy(answer -> assertThat(answer.join()).isEqualTo("HTTP/1.1 413"));
            Awaitility.await().until(() -> api.runstate().equals("RUNNING"));
            assertThat(api.execute("query-status").status()).isEqualTo(200);
            assertThat(sample.log()).doesNotContain("OutOfMemoryError");
        }
    }

    /** Sends as much as the server takes, and reads the first words of its answer meanwhile. */
    private static String post(int port, boolean chunked) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(60_000);
            CompletableFuture.runAsync(() -> send(socket, chunked));
            InputStream in = socket.getInputStream();
            return new String(in.readNBytes(12), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void send(Socket socket, boolean chunked) {
        String length = chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + PIECES * PIECE;
        String head = "POST /api/connections/vm1/execute HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                + "Content-Type: application/json\r\n" + length + "\r\n\r\n";
        byte[] piece = " ".repeat(PIECE).getBytes(StandardCharsets.US_ASCII);
        try {
            OutputStream out = socket.getOutputStream();
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < PIECES; i++) {
                if (chunked) {
                    out.write((Integer.toHexString(PIECE) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                }
                out.write(piece);
                if (chunked) {
                    out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
                }
            }
        } catch (IOException e) {
            // The server has stopped reading, as this test expects.
        }
    }
}
