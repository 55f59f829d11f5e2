/** The events of QEMU, generated from the schemas of the known versions. */
@NullMarked
package dev.qmp.qapi.event;

import org.jspecify.annotations.NullMarked;
