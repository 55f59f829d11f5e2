/** Helpers for tests with real programs, shared with the other modules. */
@NullMarked
package dev.qmp.testing;

import org.jspecify.annotations.NullMarked;
