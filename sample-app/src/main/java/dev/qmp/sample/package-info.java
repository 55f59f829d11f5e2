/**
 * A Spring Boot application on the QMP starter: the first thing to run, and a reference for using the library. It has two
 * layers, and the machines.
 *
 * <ul>
 *   <li>{@code dev.qmp.sample.app}: the classes that an application of your own would have, too. They use none of the rest;
 *   <li>{@code dev.qmp.sample.console}: the console. Its packages are {@code api} for the connections, {@code stream} for
 *       server-sent events, {@code screen} for displays, {@code web} for the pages and their security;
 *   <li>{@code dev.qmp.sample.machine}: the machines that the sample runs by itself, either {@code embedded} or {@code
 *       qemu}, with {@code directory} and {@code picture}. An application of your own names machines that exist already.
 * </ul>
 */
@NullMarked
package dev.qmp.sample;

import org.jspecify.annotations.NullMarked;
