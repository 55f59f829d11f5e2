/**
 * A client for QMP, the protocol by which programs manage QEMU virtual machines.
 *
 * <pre>{@code
 * try (QmpClient vm = QmpClient.builder("unix:/run/vm1.qmp").build()) {
 *     vm.blocking().connect();
 *     JsonNode status = vm.blocking().execute("query-status");
 * }
 * }</pre>
 *
 * <ul>
 * <li>{@link dev.qmp.QmpClient} is the one interface that an application holds; {@link dev.qmp.BlockingQmpClient} has
 *     the same operations for code that waits;
 * <li>{@link dev.qmp.QmpClientBuilder} creates it, and documents the default of every option;
 * <li>{@link dev.qmp.ReconnectPolicy} states when the client tries again;
 * <li>{@link dev.qmp.event.QmpEvents} has the events, {@link dev.qmp.error.QmpException} is the root of all failures.
 * </ul>
 */
@NullMarked
package dev.qmp;

import org.jspecify.annotations.NullMarked;
