/** Observations of commands: a timer and a span for each. */
@NullMarked
package dev.qmp.autoconfigure.observation;

import org.jspecify.annotations.NullMarked;
