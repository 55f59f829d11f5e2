/** The actuator endpoint {@code qmp}: what there is to know of the connections, and no way to execute a command. */
@NullMarked
package dev.qmp.autoconfigure.endpoint;

import org.jspecify.annotations.NullMarked;
