package dev.qmp.sample.console.api;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.sample.app.GuestStates;
import dev.qmp.sample.app.UnknownConnectionException;
import dev.qmp.sample.machine.Machines;
import dev.qmp.spring.QmpClients;
import java.util.List;
import org.springframework.stereotype.Component;

/** The connections there are now: some may come and go while the application runs. */
@Component
public class Connections {

    private final QmpClients clients;
    private final GuestStates guests;
    private final Machines machines;

    Connections(QmpClients clients, GuestStates guests, Machines machines) {
        this.clients = clients;
        this.guests = guests;
        this.machines = machines;
    }

    /** {@return the client of a connection} Throws {@link UnknownConnectionException} if there is none. */
    public QmpClient client(String name) {
        return clients.find(name).orElseThrow(() -> new UnknownConnectionException(name));
    }

    /** {@return all connections as they are now, by name} */
    public List<ConnectionView> views() {
        return clients.names().stream()
                .sorted()
                .flatMap(name -> clients.find(name).map(client -> view(name, client)).stream())
                .toList();
    }

    private ConnectionView view(String name, QmpClient client) {
        // Read first: to ask the guest is a command, too.
        QmpClientStatus status = client.status();
        return ConnectionView.of(
                name,
                client.endpoint(),
                status,
                guests.of(name, client),
                machines.find(name).orElse(null));
    }

    /** Powers on the machine of a connection, which must be one of this application's own. */
    void powerOn(String name) {
        client(name);
        machines.powerOn(machines.find(name).orElseThrow(() -> new ForeignMachineException(name)));
    }
}
