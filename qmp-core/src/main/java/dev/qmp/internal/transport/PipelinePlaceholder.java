package dev.qmp.internal.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * The placeholder in a pipeline until the connection is open. It ignores failures, because the future of the failed
 * step reports them.
 */
final class PipelinePlaceholder extends ChannelInboundHandlerAdapter {

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }
}
