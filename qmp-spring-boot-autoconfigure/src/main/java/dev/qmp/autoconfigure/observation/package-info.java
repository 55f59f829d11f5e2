/** The configuration of observations: a timer and a span for each command. */
@NullMarked
package dev.qmp.autoconfigure.observation;

import org.jspecify.annotations.NullMarked;
