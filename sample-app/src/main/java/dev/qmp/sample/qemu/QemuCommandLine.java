package dev.qmp.sample.qemu;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The command line of a small machine that boots its firmware, and has enough in it to look at. */
final class QemuCommandLine {

    static final String PROGRAM = "qemu-system-x86_64";

    private QemuCommandLine() {}

    static List<String> of(String name, Path socket) {
        List<String> line = new ArrayList<>();
        // The kernel then kills QEMU when the thread that started it ends, however that comes about.
        findProgram("setpriv").ifPresent(setpriv -> line.addAll(List.of(setpriv.toString(), "--pdeathsig", "KILL")));
        line.addAll(List.of(PROGRAM, "-name", name, "-machine", "pc,accel=tcg", "-m", "64", "-smp", "2"));
        line.addAll(List.of("-display", "none", "-vga", "std", "-nodefaults", "-no-user-config"));
        line.addAll(List.of("-netdev", "hubport,id=net0,hubid=0", "-device", "virtio-net-pci,netdev=net0,romfile="));
        line.addAll(List.of("-blockdev", "null-co,node-name=disk0,size=1073741824,read-zeroes=on"));
        line.addAll(List.of("-device", "virtio-blk-pci,drive=disk0,id=virtio-disk0"));
        line.addAll(List.of("-qmp", "unix:" + socket + ",server=on,wait=off"));
        return line;
    }

    static Optional<Path> findProgram(String name) {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.of(path.split(java.io.File.pathSeparator))
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
