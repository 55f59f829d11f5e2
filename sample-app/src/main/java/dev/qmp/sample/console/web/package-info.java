/** The page, and the protection of its access. */
@NullMarked
package dev.qmp.sample.console.web;

import org.jspecify.annotations.NullMarked;
