package dev.qmp.sample.console.api;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.sample.app.GuestStates;
import dev.qmp.sample.app.UnknownConnectionException;
import dev.qmp.sample.machine.Machines;
import dev.qmp.spring.QmpClients;
import dev.qmp.spring.QmpFleet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** The present connections. Connections may be added and removed while the application runs. */
@Component
public class Connections {

    private final QmpClients clients;
    private final GuestStates guests;
    private final Machines machines;
    private final ObjectProvider<QmpFleet> fleet;

    Connections(QmpClients clients, GuestStates guests, Machines machines, ObjectProvider<QmpFleet> fleet) {
        this.clients = clients;
        this.guests = guests;
        this.machines = machines;
        this.fleet = fleet;
    }

    /**
     * {@return the client of a connection} Throws {@link UnknownConnectionException} if no connection has this name.
     */
    public QmpClient client(String name) {
        return clients.find(name).orElseThrow(() -> new UnknownConnectionException(name));
    }

    /** {@return all present connections, by name} */
    public List<ConnectionView> views() {
        return clients.names().stream()
                .sorted()
                .flatMap(name -> clients.find(name).map(client -> view(name, client)).stream())
                .toList();
    }

    private ConnectionView view(String name, QmpClient client) {
        // read first, because the query of the guest status is a command in flight, too
        QmpClientStatus status = client.status();
        return ConnectionView.of(
                name,
                client.endpoint(),
                status,
                guests.of(name, client),
                machines.find(name).orElse(null),
                owner(name));
    }

    private ConnectionView.@Nullable Owner owner(String name) {
        QmpFleet shared = fleet.getIfAvailable();
        if (shared == null) {
            return null;
        }
        return shared.machine(name)
                .map(machine -> new ConnectionView.Owner(machine.host(), shared.isHeldHere(name), machine.runstate()))
                .orElse(null);
    }

    /** Powers on the machine of a connection, if this application runs it. */
    void powerOn(String name) {
        client(name);
        machines.powerOn(machines.find(name).orElseThrow(() -> new ForeignMachineException(name)));
    }
}
