package dev.qmp.autoconfigure.health;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpClients;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;

/** The health of all connections there are at the moment, by name. */
final class QmpHealthContributor implements CompositeHealthContributor {

    private final QmpClients clients;
    private final GuestStatuses guests = new GuestStatuses();
    private final Set<String> statusesThatAreDown;

    QmpHealthContributor(QmpClients clients, QmpHealthProperties.GuestStatus guestStatus) {
        this.clients = clients;
        this.statusesThatAreDown = DownStatuses.of(guestStatus.getDown());
        if (guestStatus.isEnabled()) {
            clients.addListener(guests);
        }
    }

    @Override
    public @Nullable HealthContributor getContributor(String name) {
        return clients.find(name).map(client -> indicator(name, client)).orElse(null);
    }

    @Override
    public Stream<Entry> stream() {
        return clients.asMap().entrySet().stream()
                .map(client -> new Entry(client.getKey(), indicator(client.getKey(), client.getValue())));
    }

    private QmpHealthIndicator indicator(String name, QmpClient client) {
        return new QmpHealthIndicator(client, guests.of(name), statusesThatAreDown);
    }
}
