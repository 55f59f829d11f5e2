/** Connections and commands over HTTP. Failures are problem details (RFC 9457). */
@NullMarked
package dev.qmp.sample.api;

import org.jspecify.annotations.NullMarked;
