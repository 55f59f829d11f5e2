package dev.qmp.server;

/** Thrown by a handler whose command is executed and gets no reply. */
final class NoReply extends Exception {

    private static final long serialVersionUID = 1L;
}
