/**
 * The common interface of all tasks on a machine: a job, a migration, an unplug, a power down.
 *
 * <p>A {@link dev.qmp.task.Task} represents work that runs on a machine. It has a result, progress and a cancellation:
 *
 * <pre>{@code
 * Task<QmpEvent> unplug = ...;
 * unplug.onProgress(progress -> log.info("{}", progress));
 * QmpEvent event = unplug.await(Duration.ofMinutes(1));
 * }</pre>
 *
 * <pre>
 * QmpException
 * └── TaskException                    a task had another outcome than its success
 *     ├── TaskFailedException          it failed, and the machine reported why
 *     ├── TaskCancelledException       it was cancelled, and the machine confirmed that
 *     ├── TaskOutcomeUnknownException  it was started, and its outcome is not known
 *     └── TaskWaitException            the task goes on: only the wait in await() ended
 * </pre>
 *
 * <p>If a command of the task fails, the failure is a {@link dev.qmp.error.CommandException}, as for any command.
 */
@NullMarked
package dev.qmp.task;

import org.jspecify.annotations.NullMarked;
