/** Commands of QEMU's human monitor (HMP), for the few tasks without a command of QMP. */
@NullMarked
package dev.qmp.hmp;

import org.jspecify.annotations.NullMarked;
