package dev.qmp;

import java.time.Duration;
import java.util.Objects;

/**
 * A command that is accepted and has no reply yet, as {@link QmpClientStatus#commands()} lists it. It shows no
 * arguments.
 *
 * @param name the name of the command, as the caller gave it
 * @param age the time since the command was issued; zero or more
 * @param stage how far the command has come
 */
public record CommandInFlight(String name, Duration age, Stage stage) {
    /** Refuses missing components. */
    public CommandInFlight {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(age, "age");
        Objects.requireNonNull(stage, "stage");
    }

    /** How far a command has come on its way to the server and back. */
    public enum Stage {
        /** The command is accepted and not yet written. */
        QUEUED,
        /** The command is written, and its caller waits for the reply. */
        WRITTEN,
        /**
         * The command is written, and its caller has cancelled it or its deadline has passed. It stays in the list
         * until its reply arrives, or until it is certain that none will arrive.
         */
        ABANDONED
    }
}
