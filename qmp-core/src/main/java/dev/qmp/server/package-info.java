/**
 * A QMP server in the process, that behaves as QEMU does: for tests without QEMU, and for demonstrations.
 *
 * <pre>{@code
 * try (QmpServer server = QmpServer.builder(Endpoint.unix(path))
 *         .handler("query-status", command -> QmpJson.toTree(Map.of("status", "running", "running", true)))
 *         .start()) {
 *     server.emit(QmpEvent.of("STOP"));
 * }
 * }</pre>
 */
@NullMarked
package dev.qmp.server;

import org.jspecify.annotations.NullMarked;
