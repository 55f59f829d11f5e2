/**
 * The schema of one machine: its commands, arguments, values and events, as {@code query-qmp-schema} reports them.
 *
 * <p>{@link dev.qmp.schema.QmpSchema} answers questions, compares two machines, and checks a command before it is sent.
 * {@link dev.qmp.schema.SecretArguments} hides the arguments that carry secrets.
 */
@NullMarked
package dev.qmp.schema;

import org.jspecify.annotations.NullMarked;
