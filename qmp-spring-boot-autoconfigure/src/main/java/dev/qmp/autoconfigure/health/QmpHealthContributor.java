package dev.qmp.autoconfigure.health;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.InvalidQmpPropertyException;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpFleet;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;

/**
 * The health of all present connections, by name. A request for one connection shows its own state. A request for
 * all shows a connection that is down as {@link QmpHealthIndicator#TOLERATED}, if it is not required or if enough
 * others are up: Boot's aggregation ignores that status.
 */
final class QmpHealthContributor implements CompositeHealthContributor {

    private static final Duration LONGEST = Duration.ofDays(365);

    private final QmpClients clients;
    private final Watches<String> guests = new Watches<>(client -> !client.isGuestAgent(), GuestStatusDetail::of);
    private final Watches<AgentWatch.Answer> agents;
    private final HealthRules rules;
    private final RequiredConnections required;
    private final Supplier<@Nullable QmpFleet> fleet;

    QmpHealthContributor(QmpClients clients, QmpHealthProperties properties, Supplier<@Nullable QmpFleet> fleet) {
        this.fleet = fleet;
        this.clients = clients;
        this.rules = HealthRules.of(properties);
        this.required = RequiredConnections.of(properties.getConnections(), properties.getRequired());
        QmpHealthProperties.GuestAgent agent = properties.getGuestAgent();
        Duration timeout = positive("timeout", agent.getTimeout());
        Duration maxAge = positive("max-age", agent.getMaxAge());
        this.agents = new Watches<>(QmpClient::isGuestAgent, client -> new AgentWatch(client, timeout, maxAge));
        if (properties.getGuestStatus().isEnabled()) {
            clients.addListener(guests);
        }
        if (agent.isEnabled()) {
            clients.addListener(agents);
        }
    }

    private static Duration positive(String property, Duration value) {
        if (value.isZero() || value.isNegative() || value.compareTo(LONGEST) > 0) {
            throw new InvalidQmpPropertyException(
                    "qmp.health.guest-agent." + property,
                    value,
                    "it is out of range",
                    "a duration above zero, up to 365 days, such as 5s");
        }
        return value;
    }

    @Override
    public @Nullable HealthContributor getContributor(String name) {
        return clients.find(name).map(client -> indicator(name, client)).orElse(null);
    }

    @Override
    public Stream<Entry> stream() {
        Map<String, QmpHealthIndicator> indicators = new LinkedHashMap<>();
        int up = 0;
        int down = 0;
        for (Map.Entry<String, QmpClient> client : clients.asMap().entrySet()) {
            QmpHealthIndicator indicator = indicator(client.getKey(), client.getValue());
            indicators.put(client.getKey(), indicator);
            if (required.counts(client.getKey())) {
                up += indicator.isUp() ? 1 : 0;
                down += indicator.isDown() ? 1 : 0;
            }
        }
        boolean met = required.met(up, down);
        return indicators.entrySet().stream().map(entry -> {
            boolean tolerated = met || !required.counts(entry.getKey());
            return new Entry(entry.getKey(), tolerated ? entry.getValue().tolerated() : entry.getValue());
        });
    }

    private QmpHealthIndicator indicator(String name, QmpClient client) {
        return isHeldElsewhere(name)
                ? QmpHealthIndicator.heldElsewhere(name, client.status())
                : new QmpHealthIndicator(name, client.status(), guests.of(name), agents.of(name), rules);
    }

    /** A connection that takes no part in a fleet is held by no instance, and has the health of its client. */
    private boolean isHeldElsewhere(String name) {
        QmpFleet shared = fleet.get();
        return shared != null
                && !shared.isHeldHere(name)
                && shared.machine(name).isPresent();
    }
}
