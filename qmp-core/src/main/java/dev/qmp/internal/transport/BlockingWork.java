package dev.qmp.internal.transport;

import dev.qmp.internal.engine.SharedThreads;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The few threads for work that may block. The work of many connections is queued instead of using many threads. */
final class BlockingWork {

    /** The executor of name look-ups. */
    static final Executor LOOK_UPS = create("qmp-lookup-", 8);

    /** The executor that looks at the files of Unix sockets. A look that hangs occupies one thread. */
    static final Executor SOCKET_FILES = create("qmp-socket-file-", 16);

    /** The executor that creates TLS contexts. It is separate, because look-ups may take long. */
    static final ThreadPoolExecutor TLS = create("qmp-tls-", 4);

    /**
     * The executor of TLS handshakes, which call trust managers and key managers. It is separate, so that contexts and
     * handshakes do not wait for each other.
     */
    static final ThreadPoolExecutor HANDSHAKES = create("qmp-handshake-", 8);

    private BlockingWork() {}

    private static ThreadPoolExecutor create(String prefix, int threads) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads, threads, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), SharedThreads.numbered(prefix));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
