/**
 * QMP in Spring Boot: from {@code qmp.connection.<name>.*} to a {@link dev.qmp.QmpClient} for each machine, to {@link
 * dev.qmp.autoconfigure.QmpClients} for machines that come and go, and to application events of what happens in them.
 */
@NullMarked
package dev.qmp.autoconfigure;

import org.jspecify.annotations.NullMarked;
