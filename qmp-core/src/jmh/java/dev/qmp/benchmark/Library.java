package dev.qmp.benchmark;

import java.nio.file.Path;
import java.util.List;

/** A client library of another project, whose program in {@code src/jmh/rivals} runs turns of the benchmark. */
public enum Library {
    /** The wire in the form of a library: shows what the way of measuring costs. */
    WIRE_PROCESS("the wire, in a process of its own") {
        @Override
        List<String> program() {
            String java =
                    Path.of(System.getProperty("java.home"), "bin", "java").toString();
            return List.of(java, "-cp", System.getProperty("java.class.path"), WireProcess.class.getName());
        }

        @Override
        String installation() {
            return "nothing else to install";
        }
    },
    QEMU_QMP("qemu.qmp") {
        @Override
        List<String> program() {
            return List.of("python3", SOURCES.resolve("qemu_qmp.py").toString());
        }

        @Override
        String installation() {
            return "pip install qemu.qmp==0.0.6, or Debian's package python3-qemu-qmp";
        }
    },
    GO_QEMU("go-qemu") {
        @Override
        List<String> program() {
            return List.of("go", "run", SOURCES.resolve("go_qemu.go").toString());
        }

        @Override
        String installation() {
            return "Debian's packages golang-go and golang-github-digitalocean-go-qemu-dev, "
                    + "with GO111MODULE=off and GOPATH=/usr/share/gocode in the environment";
        }
    },
    QEMU_JAVA("qemu-java") {
        @Override
        List<String> program() {
            String java =
                    Path.of(System.getProperty("java.home"), "bin", "java").toString();
            String opened = "java.base/java.lang=ALL-UNNAMED"; // its Jackson 2.5 reflects on java.lang.Void
            String jars = Path.of("target", "rivals", "*").toString();
            return List.of(
                    java,
                    "--add-opens",
                    opened,
                    "-cp",
                    jars,
                    SOURCES.resolve("QemuJava.java").toString());
        }

        @Override
        String installation() {
            return "Maven's profile `rivals` copies its jars to target/rivals";
        }
    };

    private static final Path SOURCES = Path.of("src", "jmh", "rivals");

    private final String label;

    Library(String label) {
        this.label = label;
    }

    /** {@return the command line, to which the path of the server's socket is added} */
    abstract List<String> program();

    /** {@return what makes {@link #program()} run on a machine where it does not} */
    abstract String installation();

    @Override
    public String toString() {
        return label;
    }
}
