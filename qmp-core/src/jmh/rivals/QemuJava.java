import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import org.anarres.qemu.qapi.api.QueryStatusCommand;
import org.anarres.qemu.qapi.common.QApiConnection;

/** Shevek's qemu-java in the benchmarks: runs the turns that dev.qmp.benchmark.LibraryProcess asks for. */
public final class QemuJava {

    private QemuJava() {}

    public static void main(String[] arguments) throws Exception {
        UnixSocket socket = new UnixSocket(SocketChannel.open(UnixDomainSocketAddress.of(arguments[0])));
        try (QApiConnection connection = new QApiConnection(socket)) {
            System.out.println("qemu-java on Java " + Runtime.version().feature());
            BufferedReader turns = new BufferedReader(new InputStreamReader(System.in));
            for (String line = turns.readLine(); line != null; line = turns.readLine()) {
                for (int count = Integer.parseInt(line.substring(line.indexOf(' ') + 1)); count > 0; count--) {
                    connection.call(new QueryStatusCommand());
                }
                System.out.println("done");
            }
        }
    }

    /** The library takes a {@code java.net.Socket}, which is TCP's; this one is the Unix socket of its rivals. */
    private static final class UnixSocket extends Socket {

        private final SocketChannel channel;

        UnixSocket(SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        public InputStream getInputStream() {
            return Channels.newInputStream(channel);
        }

        @Override
        public OutputStream getOutputStream() {
            return Channels.newOutputStream(channel);
        }

        @Override
        public synchronized void close() throws IOException {
            channel.close();
        }
    }
}
