package dev.qmp.protocol;

import dev.qmp.testing.LineProbe;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What {@link UnixSocketIntegrationTests} runs in a JVM of its own, one that may less than its own may: dials or
 * listens.
 */
final class UnixSocketAttempt {

    private UnixSocketAttempt() {}

    public static void main(String[] arguments) throws InterruptedException, TimeoutException {
        Endpoint endpoint = Endpoint.unix(Path.of(arguments[1]));
        try (EventLoops loops = EventLoops.create(1)) {
            LineProbe probe = new LineProbe(
                    ProtocolOptions.builder("vm1").eventLoops(loops).build());
            try {
                (arguments[0].equals("dial") ? probe.connect(endpoint) : probe.startServer(endpoint))
                        .get(10, TimeUnit.SECONDS);
                System.out.println("it worked");
            } catch (ExecutionException e) {
                QmpConnectException failure = (QmpConnectException) e.getCause();
                System.out.println((failure.isRetryable() ? "retryable: " : "final: ") + failure.getMessage());
            }
        }
    }
}
