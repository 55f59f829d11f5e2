package dev.qmp.protocol;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks code that callers use, from any thread. Upper-half code does not change the connection's state. It reads
 * values that the event loop has published, or it checks its arguments, passes the work to the event loop and returns a
 * future.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface UpperHalf {}
