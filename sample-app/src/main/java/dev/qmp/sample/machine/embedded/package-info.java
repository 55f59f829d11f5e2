/**
 * Machines within this process, for computers without QEMU: a {@link dev.qmp.server.QmpServer} whose handlers
 * simulate a guest. Commands, errors, events and their order are those of QEMU 7.2.
 */
@NullMarked
package dev.qmp.sample.machine.embedded;

import org.jspecify.annotations.NullMarked;
