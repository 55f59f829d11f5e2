package dev.qmp.sample.guest;

import org.jspecify.annotations.Nullable;

/**
 * What a guest was doing when it was asked last.
 *
 * @param status QEMU's word for it, null if nobody knows
 * @param latencyMillis how long the machine took to say so
 */
public record GuestState(@Nullable String status, @Nullable Double latencyMillis) {

    static final GuestState UNKNOWN = new GuestState(null, null);
}
