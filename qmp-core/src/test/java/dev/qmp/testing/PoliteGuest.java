package dev.qmp.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/**
 * A guest that powers off when its power button is pressed: a boot sector that polls the ACPI registers of machine pc.
 */
public final class PoliteGuest {

    private static final int SECTOR = 512;
    /** The registers that SeaBIOS puts at 0x600: status, enable, control. */
    private static final String CODE = "fa" // cli
            + "ba0206" + "b80001" + "ef" // enable the power button: out 0x602, 0x100
            + "b052" + "e6e9" // ready: out 0xe9, 'R'
            + "ba0006" + "ed" + "f6c401" + "74fa" // until bit 8 of 0x600 is set
            + "ba0406" + "b80020" + "ef" // soft off: out 0x604, 0x2000
            + "f4"; // hlt

    private final Path directory;

    /** Writes the boot sector into a directory. */
    public PoliteGuest(Path directory) throws IOException {
        this.directory = directory;
        byte[] code = HexFormat.of().parseHex(CODE);
        byte[] disk = new byte[SECTOR];
        System.arraycopy(code, 0, disk, 0, code.length);
        disk[SECTOR - 2] = 0x55;
        disk[SECTOR - 1] = (byte) 0xaa;
        Files.write(directory.resolve("disk"), disk);
    }

    /** {@return the arguments of a QEMU that boots it} */
    public List<String> arguments() {
        return List.of(
                "-drive",
                "format=raw,if=ide,file=" + directory.resolve("disk"),
                "-debugcon",
                "file:" + directory.resolve("ready"));
    }

    /** {@return whether it has enabled its power button} */
    public boolean isReady() throws IOException {
        Path ready = directory.resolve("ready");
        return Files.exists(ready) && Files.size(ready) > 0;
    }
}
