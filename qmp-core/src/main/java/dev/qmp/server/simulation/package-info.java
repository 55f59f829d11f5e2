/**
 * Simulations of what a machine does by itself after a command, for tests without QEMU: long-running jobs, devices that
 * a guest releases, keeps or ignores, and a guest with programs and files behind its agent. A simulation adds handlers
 * to a {@link dev.qmp.server.QmpServer}; its events, their order and its errors are those of QEMU 7.2. The test decides
 * how fast a job runs and how it ends.
 *
 * <pre>{@code
 * JobSimulation jobs = JobSimulation.on(server);
 * // the application starts a backup
 * jobs.awaitJob("backup0", Duration.ofSeconds(5));
 * jobs.progress("backup0", 0.5);
 * jobs.fail("backup0", "No space left on device");
 * }</pre>
 */
@NullMarked
package dev.qmp.server.simulation;

import org.jspecify.annotations.NullMarked;
