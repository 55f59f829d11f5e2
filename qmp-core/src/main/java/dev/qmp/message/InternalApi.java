package dev.qmp.message;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a public constructor that only the library calls. It is not part of the API: when a later version adds a
 * component to the record, the constructor changes. The comparison of the API with the last version leaves it out.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.CONSTRUCTOR)
public @interface InternalApi {}
