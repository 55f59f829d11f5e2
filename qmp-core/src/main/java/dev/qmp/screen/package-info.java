/** Pictures of a running machine's displays. {@link dev.qmp.screen.Screen} is the entry point. */
@NullMarked
package dev.qmp.screen;

import org.jspecify.annotations.NullMarked;
