package dev.qmp.sample.machine;

import java.nio.file.Path;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Which machines this application runs. Set by {@link OwnMachinesEnvironmentPostProcessor}, not by users.
 *
 * @param directory where their sockets are
 * @param names their names, which are the names of the connections too
 */
@ConfigurationProperties("sample.own")
record OwnMachines(Path directory, List<String> names) {

    static final String DIRECTORY = "sample.own.directory";

    static final String NAMES = "sample.own.names";

    Path socket(String name) {
        return directory.resolve(name + ".qmp");
    }
}
