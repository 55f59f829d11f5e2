package dev.qmp.internal.transport;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Looks names up outside the event loops, because the platform's look-up blocks. */
final class LookUps {

    private final BlockingCalls<String, List<InetAddress>> names;

    LookUps(NameService names, Executor threads) {
        this.names = new BlockingCalls<>(host -> List.of(names.lookUp(host)), threads);
    }

    /** Finds a host's addresses. A numeric address needs no look-up. */
    CompletableFuture<List<InetAddress>> find(String host) {
        if (!NetUtil.isValidIpV4Address(host) && !NetUtil.isValidIpV6Address(host)) {
            return names.ask(host);
        }
        try {
            return CompletableFuture.completedFuture(List.of(NameService.PLATFORM.lookUp(host)));
        } catch (UnknownHostException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
