package dev.qmp.autoconfigure.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.config.EvictionPolicy;
import com.hazelcast.config.MapConfig;
import com.hazelcast.core.HazelcastInstance;
import dev.qmp.autoconfigure.InvalidQmpPropertyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The fleet's maps have the configuration of the application's caches, unless they have one of their own. */
class FleetChecksTests {

    static Stream<Arguments> lossyConfigurations() {
        return Stream.of(
                lossy("its time-to-live-seconds is 600", map -> map.setTimeToLiveSeconds(600)),
                lossy("its max-idle-seconds is 60", map -> map.setMaxIdleSeconds(60)),
                lossy("its eviction-policy is LRU", map -> map.getEvictionConfig()
                        .setEvictionPolicy(EvictionPolicy.LRU)),
                lossy("its backup-count is 0", map -> map.setBackupCount(0)));
    }

    private static Arguments lossy(String reason, Consumer<MapConfig> setting) {
        return Arguments.of(reason, setting);
    }

    private static void check(Config config) {
        HazelcastInstance hazelcast = mock(HazelcastInstance.class);
        given(hazelcast.getLocalEndpoint()).willReturn(mock(Member.class));
        given(hazelcast.getConfig()).willReturn(config);
        FleetChecks.check(hazelcast, new QmpFleetProperties());
    }

    @ParameterizedTest
    @MethodSource("lossyConfigurations")
    void aMapThatCanLoseEntriesIsRefused(String reason, Consumer<MapConfig> setting) {
        Config config = new Config();
        setting.accept(config.getMapConfig("default"));
        assertThatExceptionOfType(InvalidQmpPropertyException.class)
                .isThrownBy(() -> check(config))
                .withMessageEndingWith("the Hazelcast map 'qmp.fleet.instances' can lose entries, because " + reason);
    }

    @Test
    void eachMapIsChecked() {
        for (String name : new String[] {"instances", "connections", "owners", "machines"}) {
            Config config = new Config();
            config.getMapConfig("qmp.fleet." + name).setMaxIdleSeconds(1);
            assertThatExceptionOfType(InvalidQmpPropertyException.class)
                    .isThrownBy(() -> check(config))
                    .withMessageContaining("'qmp.fleet." + name + "'");
        }
    }

    /** A server cluster can have asynchronous backups for a reason. */
    @Test
    void anAsynchronousBackupIsEnough() {
        Config config = new Config();
        config.getMapConfig("default").setBackupCount(0).setAsyncBackupCount(1);
        assertThatCode(() -> check(config)).doesNotThrowAnyException();
    }

    /** The documented file has a configuration of the fleet's maps, which wins over that of caches. */
    @Test
    void theDocumentedConfigurationIsAcceptedBesideThatOfCaches() throws IOException {
        Config config = documented();
        config.getMapConfig("default").setTimeToLiveSeconds(600);
        assertThatCode(() -> check(config)).doesNotThrowAnyException();
        assertThat(config.getProperty("hazelcast.shutdownhook.enabled")).isEqualTo("false");
        assertThat(config.getSerializationConfig().getJavaSerializationFilterConfig())
                .as("the filter, without which a class of any library can be deserialized")
                .isNotNull();
    }

    private static Config documented() throws IOException {
        String page = Files.readString(Path.of("docs", "operate", "fleet-hazelcast.md"));
        int begin = page.indexOf("```yaml") + 7;
        return Config.loadFromString(page.substring(begin, page.indexOf("```", begin)));
    }
}
