/** The commands of QEMU, generated from the schemas of the known versions: {@code QueryStatus.command()}. */
@NullMarked
package dev.qmp.qapi.command;

import org.jspecify.annotations.NullMarked;
