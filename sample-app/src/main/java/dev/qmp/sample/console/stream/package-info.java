/**
 * Application events as server-sent events: {@link dev.qmp.sample.console.stream.EventRecorder} listens, {@link
 * dev.qmp.sample.console.stream.EventLog} keeps the last entries, and each reader reads the log at its own pace.
 */
@NullMarked
package dev.qmp.sample.console.stream;

import org.jspecify.annotations.NullMarked;
