/** The keyboard and the pointer of a running machine. {@link dev.qmp.input.Input} is the entry. */
@NullMarked
package dev.qmp.input;

import org.jspecify.annotations.NullMarked;
