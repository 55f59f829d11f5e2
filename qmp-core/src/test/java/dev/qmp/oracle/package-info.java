/** What clients say became of their commands, held against what real QEMUs say they executed. */
@NullMarked
package dev.qmp.oracle;

import org.jspecify.annotations.NullMarked;
