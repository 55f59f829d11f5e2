/** What a command costs, beside the bare wire: the same socket, the same server, nothing parsed. */
@NullMarked
package dev.qmp.benchmark;

import org.jspecify.annotations.NullMarked;
