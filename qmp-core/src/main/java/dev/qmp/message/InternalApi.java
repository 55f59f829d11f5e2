package dev.qmp.message;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks what is public only for other packages of the library, and is not part of the API: a constructor, which changes
 * when a later version adds a component to the record, or a type. The comparison of the API with the last version
 * leaves it out.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.CONSTRUCTOR, ElementType.TYPE})
public @interface InternalApi {}
