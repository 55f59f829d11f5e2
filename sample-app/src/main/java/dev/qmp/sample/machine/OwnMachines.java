package dev.qmp.sample.machine;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The machines that this application runs. Set by {@link OwnMachinesEnvironmentPostProcessor}, not by users.
 *
 * @param directory the directory of their sockets, null if there are none
 * @param names their names, which are also the names of their connections
 */
@ConfigurationProperties("sample.own")
record OwnMachines(@Nullable Path directory, @DefaultValue List<String> names) {

    static final String DIRECTORY = "sample.own.directory";

    static final String NAMES = "sample.own.names";

    Path socket(String name) {
        return Objects.requireNonNull(directory).resolve(name + ".qmp");
    }
}
