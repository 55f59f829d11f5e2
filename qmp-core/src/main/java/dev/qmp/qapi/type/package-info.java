/**
 * The structs, unions, alternates and enums of QEMU's commands and events, generated from the schemas of the known
 * versions.
 */
@NullMarked
package dev.qmp.qapi.type;

import org.jspecify.annotations.NullMarked;
