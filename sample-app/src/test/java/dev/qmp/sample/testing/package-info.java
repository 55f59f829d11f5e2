/** Helpers of the sample's tests. */
package dev.qmp.sample.testing;
