/**
 * Statistics of a running machine as typed samples: block devices, {@code query-stats}, the guest's memory, the dirty
 * rate. {@link dev.qmp.statistics.Statistics} is the entry.
 *
 * <p>A sample has counters. Two samples give rates. A counter that restarted with the machine gives no rate.
 */
@NullMarked
package dev.qmp.statistics;

import org.jspecify.annotations.NullMarked;
