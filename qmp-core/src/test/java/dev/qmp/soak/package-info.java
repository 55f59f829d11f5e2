/** Hours of chaos with real machines, by hand: {@code -Dqmp.soak=PT30M -Dtest=SoakTests}. */
@NullMarked
package dev.qmp.soak;

import org.jspecify.annotations.NullMarked;
