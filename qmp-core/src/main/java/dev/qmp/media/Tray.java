package dev.qmp.media;

import dev.qmp.qapi.type.BlockInfo;

/**
 * The state of a removable drive at one moment.
 *
 * @param exists whether the drive has a tray; a floppy drive has none
 * @param open whether the tray is open
 * @param locked whether the guest has locked the tray
 * @param loaded whether there is a medium
 */
public record Tray(boolean exists, boolean open, boolean locked, boolean loaded) {

    static Tray of(BlockInfo drive) {
        Boolean open = drive.trayOpen();
        return new Tray(open != null, Boolean.TRUE.equals(open), drive.locked(), drive.inserted() != null);
    }

    boolean mustBeReleased() {
        return exists && !open && locked;
    }
}
