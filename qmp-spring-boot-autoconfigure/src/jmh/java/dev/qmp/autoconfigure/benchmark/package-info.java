/** What the starter costs: observations of commands, events of the application, and its start. */
@NullMarked
package dev.qmp.autoconfigure.benchmark;

import org.jspecify.annotations.NullMarked;
