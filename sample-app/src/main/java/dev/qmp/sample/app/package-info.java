/**
 * The classes that an application of your own would have: commands over HTTP, their outcomes as HTTP statuses, and
 * guest statuses, which are followed by events and queries. They use the starter and Spring MVC, and no other
 * package of the sample.
 */
@NullMarked
package dev.qmp.sample.app;

import org.jspecify.annotations.NullMarked;
