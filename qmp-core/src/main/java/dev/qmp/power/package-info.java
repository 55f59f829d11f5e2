/**
 * Power of a machine: {@link dev.qmp.power.Power} powers it down step by step, resets, pauses and resumes it, and waits
 * for a status of the guest.
 */
@NullMarked
package dev.qmp.power;

import org.jspecify.annotations.NullMarked;
