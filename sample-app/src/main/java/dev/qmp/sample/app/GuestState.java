package dev.qmp.sample.app;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a guest was doing when it was asked last.
 *
 * @param status QEMU's word for it, null if it is not known
 * @param latencyMillis how long the machine took to answer
 * @param notAnsweringSince since when the machine has not answered; null if it does, or has not been asked for long
 */
public record GuestState(@Nullable String status, @Nullable Double latencyMillis, @Nullable Instant notAnsweringSince) {

    static final GuestState UNKNOWN = new GuestState(null, null, null);
}
