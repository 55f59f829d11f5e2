/**
 * The classes that an application of your own would have: commands over HTTP, their outcomes as HTTP statuses, and the
 * guests' state, followed by events and queries. They use the starter and Spring MVC, and nothing else of the sample.
 */
@NullMarked
package dev.qmp.sample.app;

import org.jspecify.annotations.NullMarked;
