/** Pictures in memory, and the two file formats in which QEMU dumps screens. */
@NullMarked
package dev.qmp.sample.picture;

import org.jspecify.annotations.NullMarked;
