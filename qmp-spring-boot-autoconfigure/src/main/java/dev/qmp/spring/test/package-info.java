/**
 * Tests of an application without QEMU: {@link dev.qmp.spring.test.AutoConfigureQmpServer} replaces every machine by
 * a {@link dev.qmp.server.QmpServer}. The package needs {@code spring-test}, so only tests can use it. It is part of
 * this jar because it is small and adds no dependency to an application.
 */
@NullMarked
package dev.qmp.spring.test;

import org.jspecify.annotations.NullMarked;
