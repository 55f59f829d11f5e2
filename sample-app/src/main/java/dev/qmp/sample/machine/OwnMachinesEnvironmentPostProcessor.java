package dev.qmp.sample.machine;

import dev.qmp.sample.directory.PrivateDirectory;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.util.StringUtils;

/**
 * Names the sample's own machines as {@code qmp.connection.*}, unless the user named machines.
 *
 * <p>The starter makes one client bean for each connection it finds in the environment. That happens before any bean of
 * this application exists, which is why the addresses are settled here, and the machines follow later.
 */
class OwnMachinesEnvironmentPostProcessor implements EnvironmentPostProcessor, Ordered {

    private static final String CONNECTION = "qmp.connection";
    private static final int MOST = 64;

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        Binder binder = Binder.get(environment);
        if (namesAddress(binder) || watchesFolder(environment)) {
            return;
        }
        int count = binder.bind("sample.vms", Integer.class).orElse(1);
        if (count < 1 || count > MOST) {
            throw new MachineCountException(count, MOST);
        }
        environment.getPropertySources().addLast(new MapPropertySource("ownMachines", properties(count)));
    }

    /** A connection without an address, which only tunes an option, names no machine. */
    private static boolean namesAddress(Binder binder) {
        return binder
                .bind(CONNECTION, Bindable.mapOf(String.class, Connection.class))
                .orElse(Map.of())
                .values()
                .stream()
                .anyMatch(connection -> connection.address() != null);
    }

    private static boolean watchesFolder(ConfigurableEnvironment environment) {
        return StringUtils.hasText(environment.getProperty("qmp.discovery.directory"));
    }

    private static Map<String, Object> properties(int count) {
        List<String> names =
                IntStream.rangeClosed(1, count).mapToObj(i -> "vm" + i).toList();
        Path directory = PrivateDirectory.path("qmp-sample");
        OwnMachines machines = new OwnMachines(directory, names);
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put(OwnMachines.DIRECTORY, directory.toString());
        properties.put(OwnMachines.NAMES, String.join(",", names));
        names.forEach(name -> properties.put(CONNECTION + "." + name + ".address", "unix:" + machines.socket(name)));
        return properties;
    }

    /** After the files of the application are read. */
    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }

    /**
     * As much of a connection's configuration as matters here.
     *
     * @param address where its machine is
     */
    record Connection(@Nullable String address) {}
}
