/** The health of the connections, from memory. */
@NullMarked
package dev.qmp.autoconfigure.health;

import org.jspecify.annotations.NullMarked;
