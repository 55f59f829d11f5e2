package dev.qmp.server;

/** Thrown to close the client's connection without a reply. */
final class HangUp extends Exception {

    private static final long serialVersionUID = 1L;
}
