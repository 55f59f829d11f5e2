/**
 * Power of a machine: {@link dev.qmp.power.Power} powers it down step by step, resets, pauses and resumes it, and waits
 * for a status of the guest. A {@link dev.qmp.power.GuestStatusWatch} follows that status over all sessions.
 */
@NullMarked
package dev.qmp.power;

import org.jspecify.annotations.NullMarked;
