/**
 * Machines that are real: each one is a QEMU process that {@link dev.qmp.process.QemuLauncher} starts. It ends with
 * this application, also if the application is killed.
 */
@NullMarked
package dev.qmp.sample.machine.qemu;

import org.jspecify.annotations.NullMarked;
