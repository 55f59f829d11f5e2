/**
 * A Spring Boot application on the QMP starter: the first thing to run, and a reference for using the library.
 *
 * <ul>
 *   <li>{@code dev.qmp.sample.api}: connections and commands over HTTP;
 *   <li>{@code dev.qmp.sample.guest}: what the guests are doing, followed by events and queries;
 *   <li>{@code dev.qmp.sample.stream}: application events as server-sent events;
 *   <li>{@code dev.qmp.sample.screen}: what a machine's display shows;
 *   <li>{@code dev.qmp.sample.web}: the page, and who may use it;
 *   <li>{@code dev.qmp.sample.machine}: the machines that the sample runs by itself, either {@code embedded} or {@code
 *       qemu}.
 * </ul>
 *
 * An application of your own names machines that exist already, and so needs nothing like {@code machine}, {@code embedded}
 * and {@code qemu}. Something like {@code web} it does need, if it executes commands for browsers.
 */
@NullMarked
package dev.qmp.sample;

import org.jspecify.annotations.NullMarked;
