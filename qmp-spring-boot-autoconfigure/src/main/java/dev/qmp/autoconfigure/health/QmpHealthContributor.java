package dev.qmp.autoconfigure.health;

import dev.qmp.autoconfigure.QmpClients;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;

/** The health of all connections there are at the moment, by name. */
final class QmpHealthContributor implements CompositeHealthContributor {

    private final QmpClients clients;

    QmpHealthContributor(QmpClients clients) {
        this.clients = clients;
    }

    @Override
    public @Nullable HealthContributor getContributor(String name) {
        return clients.find(name).map(QmpHealthIndicator::new).orElse(null);
    }

    @Override
    public Stream<Entry> stream() {
        return clients.asMap().entrySet().stream()
                .map(client -> new Entry(client.getKey(), new QmpHealthIndicator(client.getValue())));
    }
}
