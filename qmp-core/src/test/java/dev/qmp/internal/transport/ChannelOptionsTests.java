package dev.qmp.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What every channel is given. */
class ChannelOptionsTests {

    @Test
    @DisplayName("a peer that vanished is noticed on a quiet TCP connection, within two minutes")
    void aVanishedPeerIsNoticed() {
        NioSocketChannel channel = new NioSocketChannel();
        ChannelOptions.apply(channel);
        assertThat(channel.config().getOption(ChannelOption.SO_KEEPALIVE)).isTrue();
        int idle = channel.config().getOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE));
        int interval = channel.config().getOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL));
        int count = channel.config().getOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT));
        assertThat(idle + interval * count).isEqualTo(120);
        channel.unsafe().closeForcibly();
    }

    @Test
    @DisplayName("a small command does not wait on TCP for the acknowledgement of the one before")
    void nothingWaitsForAnAcknowledgement() {
        NioSocketChannel channel = new NioSocketChannel();
        channel.config().setTcpNoDelay(false); // the library's own choice may change
        ChannelOptions.apply(channel);
        assertThat(channel.config().isTcpNoDelay()).isTrue();
        channel.unsafe().closeForcibly();
    }

    @Test
    void aUnixSocketNeedsNone() {
        NioDomainSocketChannel channel = new NioDomainSocketChannel();
        ChannelOptions.apply(channel);
        assertThat(channel.config().isAutoRead()).isFalse();
        channel.unsafe().closeForcibly();
    }
}
