package dev.qmp.internal.transport;

import io.netty.channel.ChannelInboundHandlerAdapter;

/** Stands in a pipeline until the connection is there: Netty wants a handler from the start. */
final class NothingYet extends ChannelInboundHandlerAdapter {}
