package dev.qmp.benchmark;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;

/**
 * Prints what a client costs: the bytes that a blocking command allocates on all threads, and the heap of a connection
 * at rest. Neither depends on the speed of the machine.
 */
public final class Footprint {

    private static final QmpCommand COMMAND = QmpCommand.of("query-status");
    private static final int COMMANDS = 5000;
    private static final int CONNECTIONS = 1000;

    private Footprint() {}

    /** Begins the line with the numbers, among those of a log. */
    static final String PRINTED = "footprint ";

    /** Prints one line with both numbers. */
    public static void main(String[] arguments) throws IOException {
        System.out.println(PRINTED + bytesOfCommand() + " " + bytesOfIdleConnection());
        Runtime.getRuntime().halt(0); // without a farewell to each connection
    }

    private static long bytesOfCommand() throws IOException {
        try (ServerProcess server = ServerProcess.forFew();
                QmpClient client = server.client().build()) {
            client.blocking().connect();
            execute(client); // what is made once is there afterwards
            long before = allocated();
            execute(client);
            return (allocated() - before) / COMMANDS;
        }
    }

    private static void execute(QmpClient client) {
        for (int count = 0; count < COMMANDS; count++) {
            client.blocking().execute(COMMAND);
        }
    }

    private static long allocated() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            sum += Math.max(0, bytes);
        }
        return sum;
    }

    private static long bytesOfIdleConnection() throws IOException {
        try (ServerProcess server = ServerProcess.forMany()) {
            List<QmpClient> first = Crowd.connect(server, CONNECTIONS / 10);
            long before = Meter.heap();
            List<QmpClient> clients = Crowd.connect(server, CONNECTIONS);
            long bytes = (Meter.heap() - before) / clients.size();
            if (first.isEmpty()) {
                throw new IllegalStateException("the first ones are to be kept");
            }
            return bytes;
        }
    }
}
