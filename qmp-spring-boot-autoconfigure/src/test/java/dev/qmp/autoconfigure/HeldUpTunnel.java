package dev.qmp.autoconfigure;

import dev.qmp.protocol.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Leads to a server, but passes nothing on until it is opened. */
final class HeldUpTunnel implements AutoCloseable {

    private final Endpoint.Tcp target;
    private final ServerSocket entrance = new ServerSocket(0, 50, InetAddress.getByName("localhost"));
    private final CountDownLatch hello = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    HeldUpTunnel(Endpoint.Tcp target) throws IOException {
        this.target = target;
        run(() -> {
            while (true) {
                Socket client = entrance.accept();
                run(() -> lead(client));
            }
        });
    }

    private interface Work {

        void run() throws Exception;
    }

    private static void run(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // one of the ends was closed
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private void lead(Socket client) throws IOException, InterruptedException {
        try (client;
                Socket server = new Socket(target.host(), target.port())) {
            InputStream said = client.getInputStream();
            int first = said.read();
            hello.countDown();
            open.await();
            run(() -> pass(server.getInputStream(), client.getOutputStream(), client));
            server.getOutputStream().write(first);
            pass(said, server.getOutputStream(), server);
        }
    }

    private static void pass(InputStream from, OutputStream to, Socket end) throws IOException {
        try (end) {
            from.transferTo(to);
        }
    }

    int port() {
        return entrance.getLocalPort();
    }

    /** Waits until the client has sent its first bytes. */
    void awaitHello() throws InterruptedException {
        if (!hello.await(10, TimeUnit.SECONDS)) {
            throw new AssertionError("nobody came");
        }
    }

    void open() {
        open.countDown();
    }

    @Override
    public void close() throws IOException {
        open();
        entrance.close();
    }
}
