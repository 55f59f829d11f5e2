package dev.qmp.server;

/** Thrown by a handler that wants no reply to be sent, and the client to be gone. */
final class HangUp extends Exception {

    private static final long serialVersionUID = 1L;
}
