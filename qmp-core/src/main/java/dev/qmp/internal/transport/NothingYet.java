package dev.qmp.internal.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Stands in a pipeline until the connection is there. What fails until then is told by the future of the step that
 * failed, so that nothing is left to say here.
 */
final class NothingYet extends ChannelInboundHandlerAdapter {

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }
}
