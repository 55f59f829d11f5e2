package dev.qmp.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The kernel's table of Unix sockets. */
class SocketOwnerTests {

    private static final String LISTENING = "000000006b0f1d2a: 00000002 00000000 00010000 0001 01 ";
    private static final String CONNECTED = "000000006b0f1d2b: 00000003 00000000 00000000 0001 03 ";

    @Test
    @DisplayName("listening sockets of a path are found, also if another process listens at a path that is no UTF-8")
    void findsSocketsAmongForeignPaths() {
        ByteArrayOutputStream table = new ByteArrayOutputStream();
        table.writeBytes(utf8("Num       RefCount Protocol Flags    Type St Inode Path\n"));
        table.writeBytes(utf8(LISTENING + "10 /run/m"));
        table.write(0xFC); // an umlaut in ISO-8859-1
        table.writeBytes(utf8(".sock\n" + LISTENING + "11\n"));
        table.writeBytes(utf8(CONNECTED + "12 /run/my vm.qmp\n"));
        table.writeBytes(utf8(LISTENING + "13 /run/my vm.qmp\n" + LISTENING + "14 /run/my vm.qmp2\n"));

        assertThat(SocketOwner.listening(table.toByteArray(), List.of("/run/my vm.qmp")))
                .containsExactly("socket:[13]");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
