/**
 * Migration of a machine: live to another QEMU, or to a file, with both sides of it.
 *
 * <pre>{@code
 * MigrationTask migration = Migration.of(source).to(destination, "unix:/run/vm1.migration");
 * migration.onProgress(progress -> log.info("{}", progress));
 * migration.await(Duration.ofMinutes(10)); // the guest runs on the destination
 * }</pre>
 */
@NullMarked
package dev.qmp.migration;

import org.jspecify.annotations.NullMarked;
