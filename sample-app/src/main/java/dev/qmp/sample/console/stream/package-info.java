/**
 * Application events as server-sent events: {@link dev.qmp.sample.console.stream.EventRecorder} listens, {@link
 * dev.qmp.sample.console.stream.EventLog} remembers the last ones, and each reader goes through the log at its own pace.
 */
@NullMarked
package dev.qmp.sample.console.stream;

import org.jspecify.annotations.NullMarked;
