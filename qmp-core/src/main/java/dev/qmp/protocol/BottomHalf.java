package dev.qmp.protocol;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks what runs on the connection's event loop only. Bottom-half code owns the connection's state and never blocks.
 * Of the application's code it runs what has to be quick: filters, observers, delays, and the hooks of a protocol.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface BottomHalf {}
