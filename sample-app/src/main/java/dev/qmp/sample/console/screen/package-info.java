/** Pictures of a machine's display, by QEMU's {@code screendump}. */
@NullMarked
package dev.qmp.sample.console.screen;

import org.jspecify.annotations.NullMarked;
