package dev.qmp.protocol;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks code that runs only on the connection's event loop. Bottom-half code owns the connection's state and never
 * blocks. Of the application's code, only quick code runs here: filters, observers, delays, and the hooks of a
 * protocol.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface BottomHalf {}
