/**
 * The types that an application imports: the registry of clients ({@link dev.qmp.spring.QmpClients}), application
 * events ({@link dev.qmp.spring.QmpConnectionEvent}), the annotation {@link dev.qmp.spring.QmpEventListener}, and the
 * fleet of several instances ({@link dev.qmp.spring.QmpFleet}). The configuration that makes them beans is in {@code
 * dev.qmp.autoconfigure}.
 */
@NullMarked
package dev.qmp.spring;

import org.jspecify.annotations.NullMarked;
