/**
 * Application events as server-sent events: {@link dev.qmp.sample.stream.EventRecorder} listens, {@link
 * dev.qmp.sample.stream.EventLog} remembers the last ones, and each reader goes through the log at its own pace.
 */
@NullMarked
package dev.qmp.sample.stream;

import org.jspecify.annotations.NullMarked;
