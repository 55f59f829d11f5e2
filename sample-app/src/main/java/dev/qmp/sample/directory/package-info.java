/** Directories that are removed with the application, also if it is killed. */
@NullMarked
package dev.qmp.sample.directory;

import org.jspecify.annotations.NullMarked;
