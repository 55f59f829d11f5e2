/** The connections and their machines over HTTP. Failures are problem details (RFC 9457). */
@NullMarked
package dev.qmp.sample.console.api;

import org.jspecify.annotations.NullMarked;
