package dev.qmp.internal.client;

import dev.qmp.ConnectMode;
import dev.qmp.QmpClientOptions;
import dev.qmp.internal.engine.LevelLimits;
import dev.qmp.internal.engine.LoopScheduler;
import dev.qmp.message.QmpGreeting;
import dev.qmp.protocol.BottomHalf;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.RunstateChange;
import org.jspecify.annotations.Nullable;

/**
 * The facts about a client's server that last over sessions: its identity, its last greeting, since when there is no
 * session, counts since the client's creation, and which odd replies were just logged. The event loop is the only
 * writer; any thread may read.
 */
final class ServerRecord {

    private final LoopScheduler scheduler;
    private final IdentityCheck identity;
    private final boolean dialsUnixSocket;
    /** Null before the first line, as below. */
    private @Nullable LevelLimits oddReplies;

    private @Nullable LevelLimits missingSchemas;

    private volatile Downtime downtime = Downtime.beforeFirstSession();
    private volatile @Nullable QmpGreeting greeting;
    private volatile long strayReplies;
    private volatile long lateReplies;

    ServerRecord(Endpoint endpoint, QmpClientOptions options, LoopScheduler scheduler) {
        this.scheduler = scheduler;
        this.identity = new IdentityCheck(options.identityPolicy());
        this.dialsUnixSocket = options.mode() == ConnectMode.CONNECT && endpoint instanceof Endpoint.Unix;
    }

    /** {@return the check of the machine's identity} */
    IdentityCheck identity() {
        return identity;
    }

    /** {@return the limits of the lines about replies that belong to no command, or have no id} */
    @BottomHalf
    LevelLimits oddReplies() {
        scheduler.assertOnLoop();
        LevelLimits present = oddReplies != null ? oddReplies : new LevelLimits(System::nanoTime);
        oddReplies = present;
        return present;
    }

    /** {@return the limits of the lines about machines without a usable schema} */
    @BottomHalf
    LevelLimits missingSchemas() {
        scheduler.assertOnLoop();
        LevelLimits present = missingSchemas != null ? missingSchemas : new LevelLimits(System::nanoTime);
        missingSchemas = present;
        return present;
    }

    /** {@return since when there is no session, and why} */
    Downtime downtime() {
        return downtime;
    }

    /**
     * Notes a change of the runstate.
     *
     * @param session the session that changes; null if there is none
     */
    @BottomHalf
    void runstateChanged(RunstateChange change, @Nullable QmpSession session) {
        scheduler.assertOnLoop();
        downtime = downtime.after(change, session, dialsUnixSocket);
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
        scheduler.assertOnLoop();
        greeting = received;
    }

    /** {@return the number of replies that belonged to no command of their session} */
    long strayReplies() {
        return strayReplies;
    }

    @BottomHalf
    @SuppressWarnings("NonAtomicVolatileUpdate") // the event loop is its only writer
    void countStrayReply() {
        scheduler.assertOnLoop();
        strayReplies++;
    }

    /** {@return the number of replies that arrived after their callers had ended the commands} */
    long lateReplies() {
        return lateReplies;
    }

    @BottomHalf
    @SuppressWarnings("NonAtomicVolatileUpdate") // the event loop is its only writer
    void countLateReply() {
        scheduler.assertOnLoop();
        lateReplies++;
    }
}
