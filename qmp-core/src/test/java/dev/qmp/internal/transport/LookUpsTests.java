package dev.qmp.internal.transport;

import static dev.qmp.testing.Waits.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Row S13: slow look-ups, a pool without a free thread, and further callers. */
@Timeout(20)
class LookUpsTests {

    private static final int THREADS = 8;

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final Semaphore hanging = new Semaphore(0);
    private final CountDownLatch answer = new CountDownLatch(1);
    private final LookUps lookUps = new LookUps(this::lookUp, BlockingWork.LOOK_UPS);

    private InetAddress[] lookUp(String host) throws UnknownHostException {
        asked.add(host);
        hanging.release();
        awaitUninterruptibly(answer);
        if (host.startsWith("no-such")) {
            throw new UnknownHostException(host);
        }
        return new InetAddress[] {InetAddress.getByAddress(host, new byte[] {127, 0, 0, 1})};
    }

    @AfterEach
    void answer() {
        answer.countDown();
    }

    private static List<InetAddress> get(CompletableFuture<List<InetAddress>> found) throws Exception {
        return found.get(5, TimeUnit.SECONDS);
    }

    /** As many names as there are threads for them. */
    private List<CompletableFuture<List<InetAddress>>> occupyAllThreads() throws InterruptedException {
        List<CompletableFuture<List<InetAddress>>> found = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            found.add(lookUps.find("hangs" + i + ".test"));
        }
        hanging.acquire(THREADS);
        return found;
    }

    @ParameterizedTest(name = "S13 {0} is an address, and is not looked up")
    @ValueSource(strings = {"127.0.0.1", "::1", "fe80::1%1", "::ffff:127.0.0.1"})
    void anAddressIsNotLookedUp(String address) throws Exception {
        occupyAllThreads();
        assertThat(get(lookUps.find(address))).containsExactly(InetAddress.getByName(address));
        assertThat(asked).hasSize(THREADS);
    }

    @Test
    @DisplayName("S13 later callers for a name share the look-up in progress, even if the first has cancelled")
    void oneLookUpForAll() throws Exception {
        CompletableFuture<List<InetAddress>> first = lookUps.find("slow.test");
        hanging.acquire();
        CompletableFuture<List<InetAddress>> second = lookUps.find("slow.test");
        CompletableFuture<List<InetAddress>> third = lookUps.find("slow.test");
        first.cancel(false);
        answer.countDown();
        assertThat(get(second)).isEqualTo(get(third)).hasSize(1);
        assertThat(asked).containsExactly("slow.test");
        assertThat(get(lookUps.find("slow.test"))).hasSize(1);
        assertThat(asked).as("asked anew, later").hasSize(2);
    }

    @Test
    @DisplayName("S13 an unknown name fails all waiting callers")
    void unknownForAll() throws Exception {
        CompletableFuture<List<InetAddress>> first = lookUps.find("no-such-host.test");
        hanging.acquire();
        CompletableFuture<List<InetAddress>> second = lookUps.find("no-such-host.test");
        answer.countDown();
        for (CompletableFuture<List<InetAddress>> found : List.of(first, second)) {
            assertThat(found)
                    .failsWithin(5, TimeUnit.SECONDS)
                    .withThrowableThat()
                    .withCauseInstanceOf(UnknownHostException.class);
        }
    }

    @Test
    @DisplayName("S13 a queued look-up without waiting callers is skipped")
    void whatIsGivenUpIsPassedOver() throws Exception {
        List<CompletableFuture<List<InetAddress>>> before = occupyAllThreads();
        for (int i = 0; i < 100; i++) {
            lookUps.find("flaps.test").cancel(false);
        }
        CompletableFuture<List<InetAddress>> wanted = lookUps.find("wanted.test");
        answer.countDown();
        assertThat(get(wanted)).hasSize(1);
        for (CompletableFuture<List<InetAddress>> found : before) {
            assertThat(get(found)).hasSize(1);
        }
        assertThat(asked).hasSize(THREADS + 1).doesNotContain("flaps.test");
        assertThat(get(lookUps.find("flaps.test")))
                .as("it can be asked for again")
                .hasSize(1);
    }

    @Test
    @DisplayName("S13 a name for which there was no thread can be asked for again")
    void noThread() throws Exception {
        List<Error> shortages = new ArrayList<>(List.of(new OutOfMemoryError("unable to create native thread")));
        LookUps poor = new LookUps(this::lookUp, task -> {
            for (Error shortage : List.copyOf(shortages)) {
                shortages.clear();
                throw shortage;
            }
            task.run();
        });
        answer.countDown();
        assertThat(poor.find("slow.test"))
                .failsWithin(5, TimeUnit.SECONDS)
                .withThrowableThat()
                .withCauseInstanceOf(OutOfMemoryError.class);
        assertThat(get(poor.find("slow.test"))).hasSize(1);
    }
}
