/**
 * What the guests are doing: an example of following a machine's state. Events say that something has changed, a query
 * says what; and after every reconnect only the query helps, since events in between are lost.
 */
@NullMarked
package dev.qmp.sample.guest;

import org.jspecify.annotations.NullMarked;
