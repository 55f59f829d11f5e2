/**
 * The configuration of QMP in Spring Boot: from {@code qmp.connection.<name>.*} to a {@link dev.qmp.QmpClient} for each
 * machine. The types that an application imports are in {@code dev.qmp.spring}.
 */
@NullMarked
package dev.qmp.autoconfigure;

import org.jspecify.annotations.NullMarked;
