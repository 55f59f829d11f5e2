package dev.qmp.autoconfigure.fleet;

import com.hazelcast.core.HazelcastInstance;
import dev.qmp.autoconfigure.InvalidQmpPropertyException;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Auto-configuration of a fleet that several instances share. */
@AutoConfiguration(
        after = QmpAutoConfiguration.class,
        afterName = "org.springframework.boot.hazelcast.autoconfigure.HazelcastAutoConfiguration")
@ConditionalOnBooleanProperty("qmp.fleet.enabled")
@EnableConfigurationProperties(QmpFleetProperties.class)
public final class QmpFleetAutoConfiguration {

    private static final String HAZELCAST = "com.hazelcast.core.HazelcastInstance";
    private static final String ENABLED = "qmp.fleet.enabled";

    QmpFleetAutoConfiguration() {}

    /** With Hazelcast on the class path. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(HazelcastInstance.class)
    static class WithHazelcast {

        @Bean
        HazelcastFleet qmpFleet(
                ObjectProvider<HazelcastInstance> hazelcast,
                QmpFleetProperties properties,
                ApplicationEventPublisher publisher) {
            HazelcastInstance instance = hazelcast.getIfUnique();
            if (instance == null) {
                throw new InvalidQmpPropertyException(
                        ENABLED,
                        true,
                        "there is no HazelcastInstance bean, or several of which none is primary",
                        "true with one HazelcastInstance, as spring-boot-starter-hazelcast makes it of hazelcast.yaml");
            }
            FleetChecks.check(instance, properties);
            return new HazelcastFleet(instance, properties, publisher, Departure.Limits.DEFAULTS);
        }
    }

    /** An instance that ignored the property would connect to the machines of the others. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingClass(HAZELCAST)
    static class WithoutHazelcast {

        WithoutHazelcast() {
            throw new InvalidQmpPropertyException(
                    ENABLED,
                    true,
                    "Hazelcast is not on the class path",
                    "true with the dependency spring-boot-starter-hazelcast; otherwise false");
        }
    }
}
