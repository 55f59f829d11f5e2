/** Places for files that are gone with the application, however it ends. */
@NullMarked
package dev.qmp.sample.directory;

import org.jspecify.annotations.NullMarked;
