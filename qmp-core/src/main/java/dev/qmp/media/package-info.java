/**
 * Removable media of a running machine: changed, ejected, inserted. {@link dev.qmp.media.Media} is the entry point.
 *
 * <p>{@link dev.qmp.media.TrayLockedException}, a {@link dev.qmp.task.TaskFailedException}, means that the guest did
 * not release the tray.
 */
@NullMarked
package dev.qmp.media;

import org.jspecify.annotations.NullMarked;
