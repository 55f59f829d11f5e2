/**
 * Jobs: long work of a machine on its disks, such as mirror, backup, commit, stream, create, snapshots and dumps.
 *
 * <pre>{@code
 * Job backup = Jobs.of(client).start(BlockdevBackup.command("disk0", MirrorSyncMode.FULL, "backup0"));
 * backup.onProgress(progress -> log.info("{}", progress));
 * backup.await(Duration.ofHours(2)); // or throws what QEMU reports: No space left on device
 * }</pre>
 */
@NullMarked
package dev.qmp.job;

import org.jspecify.annotations.NullMarked;
