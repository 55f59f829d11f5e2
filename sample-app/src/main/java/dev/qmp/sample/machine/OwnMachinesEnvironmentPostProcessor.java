package dev.qmp.sample.machine;

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
 * Adds the sample's own machines as {@code qmp.connection.*}, unless the configuration names machines. A number of
 * own machines together with existing ones is refused.
 *
 * <p>The starter registers one client bean for each connection in the environment, before any bean of this
 * application exists. So the addresses are fixed here, and the machines are created later.
 */
class OwnMachinesEnvironmentPostProcessor implements EnvironmentPostProcessor, Ordered {

    private static final String CONNECTION = "qmp.connection";
    private static final String FOLDER = "qmp.discovery.directory";
    private static final String COUNT = "sample.vms";
    private static final int MOST = 64;

    /** As short as it is, because QEMU's processes have a directory in it, and a socket's path has about 100 bytes. */
    private static final String KIND = "qmp";

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        String other = otherMachines(environment);
        if (other != null) {
            String count = environment.getProperty(COUNT);
            if (count != null) {
                throw new SampleStartException(
                        "sample.vms=" + count + " is set, and so is " + other
                                + ". The sample runs machines of its own only if no other machine is named.",
                        "Remove sample.vms to use the machines of " + other + ", or remove " + other
                                + " to run machines of the sample's own.");
            }
            return;
        }
        int count = Binder.get(environment).bind(COUNT, Integer.class).orElse(1);
        if (count < 1 || count > MOST) {
            throw new SampleStartException(
                    "Property sample.vms: " + count + " machines cannot be run.",
                    "Set sample.vms to a number from 1 to " + MOST
                            + ", or name machines that run already by qmp.connection.NAME.address.");
        }
        environment.getPropertySources().addLast(new MapPropertySource("ownMachines", properties(count)));
    }

    /**
     * {@return the property that names existing machines, null if there is none} A connection without an address
     * names no machine.
     */
    private static @Nullable String otherMachines(ConfigurableEnvironment environment) {
        Map<String, Connection> connections = Binder.get(environment)
                .bind(CONNECTION, Bindable.mapOf(String.class, Connection.class))
                .orElse(Map.of());
        for (Map.Entry<String, Connection> connection : connections.entrySet()) {
            if (connection.getValue().address() != null) {
                return CONNECTION + "." + connection.getKey() + ".address";
            }
        }
        return StringUtils.hasText(environment.getProperty(FOLDER)) ? FOLDER : null;
    }

    private static Map<String, Object> properties(int count) {
        List<String> names =
                IntStream.rangeClosed(1, count).mapToObj(i -> "vm" + i).toList();
        Path directory = PrivateDirectory.path(KIND);
        OwnMachines machines = new OwnMachines(directory, names);
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put(OwnMachines.DIRECTORY, directory.toString());
        properties.put(OwnMachines.NAMES, String.join(",", names));
        names.forEach(name -> properties.put(CONNECTION + "." + name + ".address", "unix:" + machines.socket(name)));
        return properties;
    }

    /** After the application's files are read. */
    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }

    /**
     * The part of a connection's configuration that is needed here.
     *
     * @param address the machine's address
     */
    record Connection(@Nullable String address) {}
}
