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
 *   <li>{@link dev.qmp.QmpClient} is the one interface an application holds; {@link dev.qmp.BlockingQmpClient} is its
 *       twin for code that waits;
 *   <li>{@link dev.qmp.QmpClientBuilder} makes it, with every option's default documented;
 *   <li>{@link dev.qmp.ReconnectPolicy} says when to try again;
 *   <li>{@link dev.qmp.event.QmpEvents} is for listening, {@link dev.qmp.error.QmpException} for what goes wrong.
 * </ul>
 */
@NullMarked
package dev.qmp;

import org.jspecify.annotations.NullMarked;
