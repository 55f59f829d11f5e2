package dev.qmp.autoconfigure.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import ch.qos.logback.classic.Level;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.core.EntryEventType;
import com.hazelcast.map.IMap;
import com.hazelcast.map.listener.EntryUpdatedListener;
import com.hazelcast.map.listener.MapListener;
import dev.qmp.autoconfigure.fleet.Claims.Claim;
import dev.qmp.testing.LogRecorder;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.ArgumentCaptor;

/** Threads decide whether a reply or an event of a map arrives first. Here the test decides. */
class ClaimsTests {

    private static final String RELEASED = Claim.released("me", Instant.EPOCH);

    @SuppressWarnings("unchecked")
    private final IMap<String, String> map = mock(IMap.class);

    private final Claims claims = new Claims(map, (connection, before, after) -> {});
    private EntryUpdatedListener<String, String> events;

    @BeforeEach
    @SuppressWarnings("unchecked")
    void open() {
        given(map.entrySet()).willReturn(Set.of(Map.entry("vm1", "me")));
        claims.open();
        ArgumentCaptor<MapListener> listener = ArgumentCaptor.forClass(MapListener.class);
        verify(map).addEntryListener(listener.capture(), eq(true));
        events = (EntryUpdatedListener<String, String>) listener.getValue();
    }

    private void update(String claim) {
        events.entryUpdated(new EntryEvent<>("map", null, EntryEventType.UPDATED.getType(), "vm1", claim));
    }

    @Test
    void aReleaseDoesNotReplaceTheNextOwnersClaim() {
        given(map.replace(eq("vm1"), eq("me"), any())).willAnswer(call -> {
            update(call.getArgument(2));
            update("next");
            return true;
        });
        claims.release("vm1", "me");
        assertThat(claims.of("vm1")).isEqualTo(new Claim("next", null));
    }

    @Test
    void aReleaseAppliesBeforeItsEvent() {
        given(map.replace(eq("vm1"), eq("me"), any())).willReturn(true);
        claims.release("vm1", "me");
        assertThat(claims.of("vm1").isHeld()).isFalse();
    }

    @Test
    void aClaimThatWasReadDoesNotReplaceALaterOne() {
        given(map.replace(eq("vm1"), eq("me"), any())).willReturn(false);
        given(map.get("vm1")).willAnswer(call -> {
            update(RELEASED);
            return "me";
        });
        claims.release("vm1", "me");
        assertThat(claims.of("vm1").isHeld()).isFalse();
    }

    @Test
    void aComparisonDoesNotReplaceALaterClaim() {
        given(map.entrySet()).willAnswer(call -> {
            update("next");
            return Set.of(Map.entry("vm1", "me"));
        });
        claims.compare();
        assertThat(claims.of("vm1").owner()).isEqualTo("next");
        given(map.entrySet()).willReturn(Set.of());
        claims.compare();
        assertThat(claims.of("vm1")).isNull();
    }

    @Test
    void theClaimOfALostOwnerIsTaken() {
        update("gone");
        given(map.replace("vm1", "gone", "me")).willReturn(true);
        assertThat(claims.take("vm1", "me", "gone")).isTrue();
        assertThat(claims.of("vm1")).isEqualTo(new Claim("me", null));
    }

    /** The decision that the owner is lost is made on another thread, and before. */
    @Test
    void aClaimThatALiveInstanceHasTakenFromALostOneIsNotTaken() {
        update("gone");
        update("live");
        assertThat(claims.take("vm1", "me", "gone")).isFalse();
        verify(map, never()).replace(any(), any(), any());
        assertThat(claims.of("vm1")).isEqualTo(new Claim("live", null));
    }

    @Test
    void aTakenClaimDoesNotReplaceALaterOne() {
        update(RELEASED);
        given(map.replace("vm1", RELEASED, "me")).willAnswer(call -> {
            update("me");
            update("next");
            return true;
        });
        claims.take("vm1", "me", null);
        assertThat(claims.of("vm1").owner()).isEqualTo("next");
    }

    /** Otherwise each turn of each instance would fail. */
    @ParameterizedTest
    @ValueSource(strings = {"released:", "released:1", "released:x:me", "released::me"})
    void aMalformedClaimIsLoggedOnceAndCountsAsAbsent(String malformed) {
        try (LogRecorder log = LogRecorder.of("dev.qmp.autoconfigure.fleet.Claims")) {
            update(malformed);
            given(map.entrySet()).willReturn(Set.of(Map.entry("vm1", malformed)));
            claims.compare();
            assertThat(claims.of("vm1")).isNull();
            assertThat(claims.connections()).isEmpty();
            given(map.get("vm1")).willReturn(malformed);
            claims.forget("vm1", "me");
            verify(map, never()).remove(any(), any());
            given(map.replace("vm1", malformed, "me")).willReturn(true);
            assertThat(claims.take("vm1", "me", null)).isTrue();
            assertThat(claims.of("vm1")).isEqualTo(new Claim("me", null));
            assertThat(claims.connections()).containsExactly("vm1");
            assertThat(log.at(Level.WARN))
                    .containsExactly("QMP fleet: the claim of 'vm1' is malformed and counts as absent; update all"
                            + " instances to one version");
        }
    }
}
