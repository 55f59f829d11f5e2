package dev.qmp.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** A program that some tests need. */
public enum Tool {
    /** A real QEMU. */
    QEMU("qemu-system-x86_64", "qemu-system-x86"),
    /** The guest agent. */
    GUEST_AGENT("qemu-ga", "qemu-guest-agent"),
    /** The daemon that serves disk images, and has a QMP monitor. */
    STORAGE_DAEMON("qemu-storage-daemon", "qemu-system-common"),
    /** A real browser, with its driver. */
    BROWSER("chromedriver", "chromium-driver"),
    /** Makes network namespaces, if the user may. */
    NETNS("ip", "iproute2"),
    /** Tests alert rules. */
    PROMTOOL("promtool", "prometheus");

    private static final Set<Tool> OF_QEMU = Set.of(QEMU, GUEST_AGENT, STORAGE_DAEMON);

    private final String program;
    private final String debianPackage;

    Tool(String program, String debianPackage) {
        this.program = program;
        this.debianPackage = debianPackage;
    }

    /** {@return where the program is, if it is installed} */
    public Optional<Path> find() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * {@return whether tests must fail rather than skip without it: {@code QMP_TESTS_REQUIRE} names it} The name
     * {@code qemu} stands for all programs of QEMU.
     */
    public boolean isRequired() {
        Set<String> required = Set.of(System.getenv()
                .getOrDefault("QMP_TESTS_REQUIRE", "")
                .toUpperCase(Locale.ROOT)
                .split(","));
        return required.contains(name()) || (OF_QEMU.contains(this) && required.contains(QEMU.name()));
    }

    /** {@return the message for a missing program} */
    public String missing() {
        return program + " is not installed (Debian: " + debianPackage + ")";
    }
}
