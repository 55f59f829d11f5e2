/** Monitors that are added to a running machine, so that another program can manage it at the same time. */
@NullMarked
package dev.qmp.monitor;

import org.jspecify.annotations.NullMarked;
