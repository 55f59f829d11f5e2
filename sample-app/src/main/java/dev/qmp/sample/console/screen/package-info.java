/** Pictures of what a machine's display shows, as QEMU's {@code screendump} takes them. */
@NullMarked
package dev.qmp.sample.console.screen;

import org.jspecify.annotations.NullMarked;
