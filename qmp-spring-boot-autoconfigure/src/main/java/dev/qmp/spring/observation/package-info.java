/** The observation of a command: its names, its tags, and the convention that an application can replace. */
@NullMarked
package dev.qmp.spring.observation;

import org.jspecify.annotations.NullMarked;
