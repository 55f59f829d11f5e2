package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.TlsOptions;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TlsHandshakeTests {

    @Test
    @DisplayName("bytes of an incomplete TLS record are reported when they arrive")
    void input20BytesOfAnUnfinishedRecordAreTold() throws NoSuchAlgorithmException {
        EmbeddedChannel channel = new EmbeddedChannel();
        AtomicInteger arrivals = new AtomicInteger();
        SSLEngine engine =
                TlsHandshake.engine(TlsOptions.of(SSLContext.getDefault()), false, Endpoint.tcp("peer", 4444));
        TlsHandshake.start(channel, engine, arrivals::incrementAndGet, outcome -> {});

        for (int next : new int[] {22, 3, 3, 64, 0, 2}) { // the start of a handshake record of 16 KiB
            channel.writeInbound(Unpooled.buffer().writeByte(next));
        }

        assertThat(arrivals).hasValue(6);
        channel.finishAndReleaseAll();
    }

    @Test
    @DisplayName("S2 a configuration's failure without a text is named by its type")
    void aFailureThatSaysNothing() {
        assertThat(TlsFailures.badConfiguration(new UnsupportedOperationException()))
                .hasMessage("no TLS session: the TLS options cannot be used: UnsupportedOperationException");
    }
}
