/** The meters of the connections. */
@NullMarked
package dev.qmp.autoconfigure.metrics;

import org.jspecify.annotations.NullMarked;
