/** Commands of QEMU's human monitor (HMP), for the few tasks that QMP has no command for. */
@NullMarked
package dev.qmp.hmp;

import org.jspecify.annotations.NullMarked;
