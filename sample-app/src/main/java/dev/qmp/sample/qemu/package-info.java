/** Machines that are real: each a QEMU process of its own, which ends with this application, whatever ends that. */
@NullMarked
package dev.qmp.sample.qemu;

import org.jspecify.annotations.NullMarked;
