package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.error.ConnectionLostException;
import dev.qmp.internal.json.JsonMessageCodec;
import dev.qmp.message.QmpMessage;
import dev.qmp.protocol.ProtocolOptions;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The notifications of a channel to the engine about its end. */
class NettyTransportTests {

    private final HeardMessages<QmpMessage> heard = new HeardMessages<>();
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final NettyTransport<QmpMessage> transport = new NettyTransport<>(
            channel,
            null,
            JsonMessageCodec.forClient(true),
            ProtocolOptions.builder("vm1").build(),
            false,
            heard);

    private void failToClose(Exception failure) {
        channel.pipeline().addLast(new ChannelOutboundHandlerAdapter() {
            @Override
            public void close(ChannelHandlerContext context, ChannelPromise promise) {
                context.close();
                promise.setFailure(failure);
            }
        });
        transport.close();
    }

    @Test
    @DisplayName("S2 a failure without a text is named by its type")
    void aFailureThatSaysNothing() {
        failToClose(new IOException());
        assertThat(heard.failures).singleElement().satisfies(failure -> assertThat(failure)
                .hasMessage("closing failed: IOException"));
    }

    @Test
    @DisplayName("S28 a close that fails is reported")
    void aCloseThatFailsIsTold() {
        failToClose(new IOException("no space for the last words"));
        assertThat(heard.failures).singleElement().satisfies(failure -> assertThat(failure)
                .isInstanceOf(ConnectionLostException.class)
                .hasMessage("closing failed: no space for the last words")
                .hasRootCauseInstanceOf(IOException.class));
    }

    @Test
    @DisplayName("S28 a close that succeeds is no failure, nor is another one")
    void aCloseThatSucceedsIsNoFailure() {
        transport.close();
        transport.close();
        assertThat(channel.isOpen()).isFalse();
        assertThat(heard.failures).isEmpty();
    }
}
