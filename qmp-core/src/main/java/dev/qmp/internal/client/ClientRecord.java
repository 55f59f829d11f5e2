package dev.qmp.internal.client;

import dev.qmp.ConnectMode;
import dev.qmp.QmpClientOptions;
import dev.qmp.message.QmpGreeting;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Endpoint;
import org.jspecify.annotations.Nullable;

/** The data about a client's server, over all sessions. The event loop is the only writer; any thread may read. */
final class ClientRecord {

    private final IdentityCheck identity;
    private final Downtime downtime;
    private volatile @Nullable QmpGreeting greeting;
    private volatile long strayReplies;
    private volatile long lateReplies;

    ClientRecord(Endpoint endpoint, QmpClientOptions options) {
        this.identity = new IdentityCheck(options.identityPolicy());
        this.downtime = Downtime.of(endpoint, options.mode() == ConnectMode.CONNECT);
    }

    /** {@return the check of the machine's identity} */
    IdentityCheck identity() {
        return identity;
    }

    /** {@return since when there is no session, and why} */
    Downtime downtime() {
        return downtime;
    }

    /**
     * {@return the greeting of this session, or the last one; null before the first, and if the server does not greet}
     */
    @Nullable
    QmpGreeting greeting() {
        return greeting;
    }

    @BottomHalf
    void greeted(@Nullable QmpGreeting received) {
        greeting = received;
    }

    /** {@return the number of replies that belonged to no command of their session} */
    long strayReplies() {
        return strayReplies;
    }

    @BottomHalf
    @SuppressWarnings("NonAtomicVolatileUpdate") // the event loop is its only writer
    void countStrayReply() {
        strayReplies++;
    }

    /** {@return the number of replies that arrived after their callers had ended the commands} */
    long lateReplies() {
        return lateReplies;
    }

    @BottomHalf
    @SuppressWarnings("NonAtomicVolatileUpdate") // the event loop is its only writer
    void countLateReply() {
        lateReplies++;
    }
}
