/**
 * Commands, results and events as types, generated from QAPI, the language of QEMU's interface descriptions.
 *
 * <pre>{@code
 * StatusInfo status = client.blocking().execute(QueryStatus.command());
 * if (status.status() == RunState.PAUSED) { … }
 *
 * client.events().subscribe(BlockJobCompleted.class, completed -> log.info("{}", completed.device()));
 * }</pre>
 *
 * <p>The types cover all versions from QEMU 5.2 to 11.1, and tolerate others:
 *
 * <ul>
 * <li>A struct is a record. A member that is optional, or missing in one of the versions, is null if it is absent.
 *     Members that the record does not have are in {@code unknownMembers()}, and are written back by {@code toJson()}.
 * <li>A union is a sealed interface with a record for each variant. {@code Other} stands for variants without members
 *     of their own, and for unknown ones.
 * <li>An alternate, which is one of several JSON types, is a sealed interface as well, with {@code Other} for unknown
 *     types.
 * <li>An enumeration is a {@link dev.qmp.qapi.QapiEnum}, which can represent unknown values.
 * <li>An integer is an {@code int} or a {@code long} if all its values fit, and otherwise a {@link
 *     java.math.BigInteger}.
 * </ul>
 *
 * <p>The constructors of the records are for the generated code: a later version of this library adds components to
 * them. Use {@code of} and {@code with} methods for arguments, and {@code decode} for results in tests.
 */
@NullMarked
package dev.qmp.qapi;

import org.jspecify.annotations.NullMarked;
