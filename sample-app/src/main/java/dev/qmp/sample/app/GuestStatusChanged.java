package dev.qmp.sample.app;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Application event: a guest's status has changed.
 *
 * @param connection the name of its connection
 * @param status the guest status, null if it is unknown now
 * @param at when this application received it
 */
public record GuestStatusChanged(String connection, @Nullable String status, Instant at) {}
