/** The outcomes of commands by their clients, compared with the commands that real QEMUs executed. */
@NullMarked
package dev.qmp.oracle;

import org.jspecify.annotations.NullMarked;
