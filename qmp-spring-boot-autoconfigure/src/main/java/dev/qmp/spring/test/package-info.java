/**
 * Testing an application without QEMU: {@link dev.qmp.spring.test.AutoConfigureQmpServer} puts a {@link
 * dev.qmp.server.QmpServer} in the place of every machine. Needs {@code spring-test}, and so belongs to tests only; it
 * stands in this jar because it is small and adds no dependency to an application.
 */
@NullMarked
package dev.qmp.spring.test;

import org.jspecify.annotations.NullMarked;
