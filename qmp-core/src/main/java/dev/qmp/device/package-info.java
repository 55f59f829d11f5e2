/**
 * Devices that are plugged into and unplugged from a running machine, with their block nodes and netdevs. {@link
 * dev.qmp.device.Devices} is the entry point.
 *
 * <pre>
 * TaskException
 * ├── TaskFailedException
 * │   ├── PlugFailedException     the device is not there; lists what could not be undone
 * │   └── UnplugFailedException   the guest refused, or the device is gone and its backends are not
 * └── UnplugPendingException      the guest did not react in time; the device may still go
 * </pre>
 */
@NullMarked
package dev.qmp.device;

import org.jspecify.annotations.NullMarked;
