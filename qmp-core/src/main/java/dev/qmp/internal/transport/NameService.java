package dev.qmp.internal.transport;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Looks names up. The platform's look-up blocks, so it is done off the event loops. */
@FunctionalInterface
interface NameService {

    /** The platform's. */
    NameService PLATFORM = InetAddress::getAllByName;

    /** {@return all addresses of a host, at least one, in the order in which they are to be tried} */
    InetAddress[] lookUp(String host) throws UnknownHostException;

    /** Looks a name up; completes on a thread that may block. */
    default CompletableFuture<List<InetAddress>> find(String host) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return Arrays.asList(lookUp(host));
                    } catch (UnknownHostException e) {
                        throw new CompletionException(e);
                    }
                },
                BlockingWork.LOOK_UPS);
    }
}
