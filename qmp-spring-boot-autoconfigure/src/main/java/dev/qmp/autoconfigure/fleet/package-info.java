/** A fleet of machines that several instances share, on Hazelcast. */
@NullMarked
package dev.qmp.autoconfigure.fleet;

import org.jspecify.annotations.NullMarked;
