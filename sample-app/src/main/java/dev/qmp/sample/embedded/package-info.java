/**
 * Machines that exist in this process only, for computers without QEMU: a {@link dev.qmp.server.QmpServer} whose
 * handlers play a guest. Commands, errors, events and their order are those of QEMU 7.2.
 */
@NullMarked
package dev.qmp.sample.embedded;

import org.jspecify.annotations.NullMarked;
