/**
 * The types that an application imports: the registry of clients ({@link dev.qmp.spring.QmpClients}), application
 * events ({@link dev.qmp.spring.QmpConnectionEvent}), the annotation {@link dev.qmp.spring.QmpEventListener}, the fleet
 * of several instances ({@link dev.qmp.spring.QmpFleet}), and the power-down of machines at the end ({@link
 * dev.qmp.spring.QemuPowerDown}). The configuration that makes clients beans is in {@code dev.qmp.autoconfigure}.
 */
@NullMarked
package dev.qmp.spring;

import org.jspecify.annotations.NullMarked;
