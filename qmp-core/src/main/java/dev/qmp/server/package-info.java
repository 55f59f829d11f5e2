/**
 * A QMP server in this process that behaves as QEMU does, for tests without QEMU and for demonstrations.
 *
 * <pre>{@code
 * try (QmpServer server = QmpServer.builder(Endpoint.unix(path))
 *         .handler("query-status", CommandHandler.returning(Map.of("status", "running", "running", true)))
 *         .handler("device_del", CommandHandler.rejecting("DeviceNotFound", "no such device"))
 *         .start()) {
 *     server.emit(QmpEvent.of("STOP"));
 *     try (Registration fault = server.inject(ServerFault.SILENT)) {
 *         // the machine hangs
 *     }
 *     server.reset(); // as it was, for the next test
 * }
 * }</pre>
 */
@NullMarked
package dev.qmp.server;

import org.jspecify.annotations.NullMarked;
