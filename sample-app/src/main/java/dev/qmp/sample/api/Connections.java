package dev.qmp.sample.api;

import dev.qmp.QmpClient;
import dev.qmp.QmpClientStatus;
import dev.qmp.autoconfigure.QmpClients;
import dev.qmp.sample.guest.GuestStates;
import dev.qmp.sample.machine.Machine;
import dev.qmp.sample.machine.Machines;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** The connections there are now: some may come and go while the application runs. */
@Component
public class Connections {

    private final QmpClients clients;
    private final GuestStates guests;
    private final @Nullable Machines machines;

    Connections(QmpClients clients, GuestStates guests, ObjectProvider<Machines> machines) {
        this.clients = clients;
        this.guests = guests;
        this.machines = machines.getIfAvailable();
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
        return ConnectionView.of(name, client.endpoint(), status, guests.of(name, client), machine(name));
    }

    private @Nullable Machine machine(String name) {
        return machines == null ? null : machines.find(name).orElse(null);
    }

    /** Powers on the machine of a connection, which must be one of this application's own. */
    void powerOn(String name) {
        client(name);
        Machine machine = machine(name);
        if (machines == null || machine == null) {
            throw new ForeignMachineException(name);
        }
        machines.powerOn(machine);
    }
}
