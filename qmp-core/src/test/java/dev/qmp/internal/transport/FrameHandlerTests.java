package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.internal.engine.GuessingScanner;
import dev.qmp.protocol.FrameScanner;
import dev.qmp.protocol.MessageCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.newsclub.net.unix.BrokenPipeSocketException;
import org.newsclub.net.unix.ConnectionResetSocketException;

/** What the collected bytes of a frame take, with frames that are a length in four bytes and so many bytes more. */
class FrameHandlerTests {

    private static final int LIMIT = 1 << 24;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    private final HeardMessages<Integer> heard = new HeardMessages<>();
    private final List<Integer> received = heard.received;
    private final List<Throwable> failures = heard.failures;
    private int emptyFrames;
    private int wrongGuesses;
    private boolean makesNothing;

    private final EmbeddedChannel channel = new EmbeddedChannel();

    FrameHandlerTests() {
        channel.config().setAllocator(allocator);
        channel.pipeline().addLast(new FrameHandler<>(new Lengths(), LIMIT, heard));
    }

    @AfterEach
    void nothingIsLeft() {
        channel.finishAndReleaseAll();
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @Test
    @DisplayName("#58 a message that is too long names the limit and the option")
    void input9ALongMessageNamesTheOption() {
        channel.writeInbound(allocator.heapBuffer().writeInt(LIMIT + 1));
        for (int i = 0; i <= LIMIT && failures.isEmpty(); i += 1 << 20) {
            channel.writeInbound(allocator.heapBuffer().writeZero(1 << 20));
        }

        assertThat(failures).first().asString().contains("longer than " + LIMIT + " bytes (maxMessageSize)");
    }

    @Test
    @DisplayName("#13 bytes are reported when they arrive, before they complete a message")
    void input20BytesThatCompleteNoMessageAreTold() {
        for (byte next : new byte[] {0, 0, 0, 2, 7}) {
            channel.writeInbound(allocator.heapBuffer().writeByte(next));
        }
        assertThat(received).isEmpty();
        assertThat(heard.arrivals).isEqualTo(5);

        channel.writeInbound(allocator.heapBuffer().writeByte(8));

        assertThat(received).hasSize(1);
    }

    private final class Lengths implements MessageCodec<Integer>, GuessingScanner {

        private boolean within;
        private boolean guessed;

        @Override
        public FrameScanner newScanner() {
            return this;
        }

        /** Moves the position, as a scanner may that reads by it. */
        @Override
        public int scan(ByteBuffer bytes) {
            if (emptyFrames > 0) {
                emptyFrames--;
                return 0;
            }
            int there = bytes.remaining();
            int length = there < 4 ? Integer.MAX_VALUE : 4 + bytes.getInt();
            within = there < length;
            guessed = wrongGuesses > 0 && !within;
            if (guessed) {
                wrongGuesses--;
                return there;
            }
            return within ? -1 : length;
        }

        @Override
        public boolean retract() {
            return guessed;
        }

        @Override
        public boolean isWithinFrame() {
            return within;
        }

        @Override
        @SuppressWarnings("NullAway") // which is the fault
        public Integer decode(ByteBuffer frame) {
            if (makesNothing) {
                return null;
            }
            if (guessed) {
                throw new ProtocolException(Violation.BAD_MESSAGE, "it is none");
            }
            return frame.remaining();
        }

        @Override
        public void encode(Integer message, OutputStream out) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    @Timeout(10)
    void aCodecThatMakesNothingOfAFrameIsAtFault() {
        makesNothing = true;
        channel.writeInbound(frame(4));
        assertThat(received).isEmpty();
        assertThat(failures).singleElement().asString().contains("the codec has made no message");
    }

    @Test
    void theBeginningBehindALongFrameDoesNotHoldItsBuffer() {
        arrive(frame(1 << 20), 1 << 16);
        arrive(frame(1 << 20).writeInt(100).writeZero(100).writeInt(200).writeByte(0), 1 << 16);
        assertThat(received).containsExactly(4 + (1 << 20), 4 + (1 << 20), 104);
        assertThat(allocator.metric().usedHeapMemory()).isEqualTo(5);
        channel.writeInbound(allocator.directBuffer().writeZero(199));
        assertThat(received).hasSize(4).last().isEqualTo(204);
    }

    @Test
    void aFrameAsLongAsTheLastNeedsOneGrowth() {
        arrive(frame(3_000_000), 1 << 16);
        ByteBuf next = frame(3_000_000);
        channel.writeInbound(next.readRetainedSlice(1 << 16), next.readRetainedSlice(1 << 16));
        assertThat(allocator.metric().usedHeapMemory()).isEqualTo(3_000_004);
        arrive(next, 1 << 16);
        assertThat(received).containsExactly(3_000_004, 3_000_004);
    }

    @Test
    void aLongBufferDoublesToo() {
        ByteBuf long12 = frame(12_000_000);
        channel.writeInbound(long12.readRetainedSlice(5_000_000), long12.readRetainedSlice(1));
        assertThat(allocator.metric().usedHeapMemory()).isEqualTo(10_000_000);
        arrive(long12, 1 << 20);
        assertThat(received).containsExactly(12_000_004);
    }

    @Test
    void noBufferIsLongerThanAFrameMayBe() {
        ByteBuf longest = frame(LIMIT - 4);
        channel.writeInbound(longest.readRetainedSlice(LIMIT - 1000), longest.readRetainedSlice(1));
        assertThat(allocator.metric().usedHeapMemory()).isEqualTo(LIMIT);
        arrive(longest, 1 << 20);
        assertThat(received).containsExactly(LIMIT);
    }

    @Test
    void aScannerThatFindsFramesOfNothingEndsTheStream() {
        emptyFrames = 1000;
        channel.writeInbound(frame(10));
        assertThat(failures).singleElement().isInstanceOf(IllegalStateException.class);
        assertThat(received).isEmpty();
    }

    @Test
    void aWrongGuessIsTakenBack() {
        wrongGuesses = 2;
        channel.writeInbound(frame(10).writeInt(20).writeZero(20).writeInt(30));
        assertThat(received).containsExactly(14, 24);
        assertThat(failures).isEmpty();
        channel.writeInbound(allocator.directBuffer().writeZero(30));
        assertThat(received).containsExactly(14, 24, 34);
    }

    @Test
    void aWrongGuessMayBeLongerThanAFrame() {
        wrongGuesses = 1;
        channel.writeInbound(frame(LIMIT - 4).writeInt(20).writeZero(20));
        assertThat(received).containsExactly(LIMIT, 24);
        assertThat(failures).isEmpty();
    }

    static Stream<IOException> resets() {
        return Stream.of(
                new SocketException("Connection reset"),
                new ConnectionResetSocketException("Die Verbindung wurde vom Kommunikationspartner beendet"),
                new BrokenPipeSocketException("Datenübergabe unterbrochen"));
    }

    @ParameterizedTest
    @MethodSource("resets")
    void aResetIsNoFailure(IOException reset) {
        channel.pipeline().fireExceptionCaught(reset);
        assertThat(failures).isEmpty();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void aConnectionThatTimedOutIsNoEndOfTheStream() {
        IOException cause = new IOException("Connection timed out");
        channel.pipeline().fireExceptionCaught(cause);
        assertThat(failures).singleElement().isInstanceOfSatisfying(ConnectionLostException.class, failure -> {
            assertThat(failure).hasMessageContaining("Connection timed out");
            assertThat(failure.getCause()).isSameAs(cause);
        });
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    @DisplayName("S2 a transport's failure without a text is named by its type")
    void aFailureThatSaysNothing() {
        channel.pipeline().fireExceptionCaught(new IOException());
        assertThat(failures).singleElement().satisfies(failure -> assertThat(failure)
                .hasMessage("the transport failed: IOException"));
    }

    private ByteBuf frame(int length) {
        return allocator.directBuffer(length + 4).writeInt(length).writeZero(length);
    }

    private void arrive(ByteBuf bytes, int pieces) {
        while (bytes.isReadable()) {
            channel.writeInbound(bytes.readRetainedSlice(Math.min(pieces, bytes.readableBytes())));
        }
        bytes.release();
    }
}
