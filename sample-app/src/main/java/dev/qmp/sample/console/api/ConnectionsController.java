package dev.qmp.sample.console.api;

import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Lists the connections, and powers on machines that were switched off. */
@RestController
@RequestMapping("/api/connections")
class ConnectionsController {

    private final Connections connections;

    ConnectionsController(Connections connections) {
        this.connections = connections;
    }

    @GetMapping
    List<ConnectionView> list() {
        return connections.views();
    }

    @PostMapping("/{name}/power-on")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void powerOn(@PathVariable String name) {
        connections.powerOn(name);
    }
}
