/** The actuator endpoint {@code qmp}. It shows the state of connections, and executes no command. */
@NullMarked
package dev.qmp.autoconfigure.endpoint;

import org.jspecify.annotations.NullMarked;
