/** The console in a real browser. */
package dev.qmp.sample.browser;
