/** The conversion of bytes into messages and back, with Jackson's streaming API and limits of our own. */
@NullMarked
package dev.qmp.internal.json;

import org.jspecify.annotations.NullMarked;
