/** The page, and who may use it. */
@NullMarked
package dev.qmp.sample.console.web;

import org.jspecify.annotations.NullMarked;
