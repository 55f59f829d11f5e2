/**
 * A Spring Boot application on the QMP starter, to run first and to copy from. It has two layers, and machines to run
 * with.
 *
 * <ul>
 *   <li>{@code dev.qmp.sample.app}: the classes that an application of your own would have, too. They use no other
 *       package of the sample.
 *   <li>{@code dev.qmp.sample.console}: the console. Its packages are {@code api} for the connections, {@code stream}
 *       for server-sent events, {@code screen} for displays, {@code web} for the pages and their security.
 *   <li>{@code dev.qmp.sample.machine}: the sample's own machines, either {@code embedded} or {@code qemu}. They know
 *       neither layer. An application of your own connects to machines that exist already.
 * </ul>
 */
@NullMarked
package dev.qmp.sample;

import org.jspecify.annotations.NullMarked;
