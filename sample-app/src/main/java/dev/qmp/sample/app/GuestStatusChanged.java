package dev.qmp.sample.app;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Application event: a guest does something else than before.
 *
 * @param connection the name of its connection
 * @param status QEMU's word for it, null if nobody knows any more
 * @param at when this application learnt it
 */
public record GuestStatusChanged(String connection, @Nullable String status, Instant at) {}
