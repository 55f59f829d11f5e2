package dev.qmp.schema;

import dev.qmp.message.QmpCommand;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * The schema of one machine, from its {@code query-qmp-schema}: commands, arguments, values, events, and their
 * features. Immutable and safe for all threads. Two equal replies give the same object, so the machines of one version
 * and build share the memory of one schema.
 *
 * <pre>{@code
 * QmpSchema schema = vm.blocking().schema();
 * schema.knowsCommand("migrate-pause");
 * schema.knowsArgument("blockdev-add", "cache.direct");
 * schema.knowsValue("drive-mirror", "sync", "incremental");
 * schema.diff(otherVm.blocking().schema()).lines().forEach(System.out::println);
 * }</pre>
 *
 * <p>A path names an argument from the command's arguments inward: {@code file.filename}. It crosses arrays without an
 * index, and it exists if it exists in any variant.
 */
public final class QmpSchema {

    private final Map<String, SchemaCommand> commands;
    private final Map<String, SchemaEvent> events;

    QmpSchema(Map<String, SchemaCommand> commands, Map<String, SchemaEvent> events) {
        this.commands = commands;
        this.events = events;
    }

    /**
     * {@return the schema that a reply to {@code query-qmp-schema} describes}
     *
     * @param reply the value of {@code return}
     * @throws dev.qmp.error.MappingException if the reply is not a schema
     */
    public static QmpSchema of(JsonNode reply) {
        Objects.requireNonNull(reply, "reply");
        return SharedSchemas.of(reply);
    }

    /**
     * {@return the schema of the {@code qemu-system-x86_64} of Debian in one of the {@link #recordedVersions()}}
     *
     * @param version two numbers, such as {@code 7.2}
     * @throws IllegalArgumentException if no schema of this version was recorded
     */
    public static QmpSchema recorded(String version) {
        Objects.requireNonNull(version, "version");
        return of(RecordedSchemas.read(version));
    }

    /**
     * {@return the reply to {@code query-qmp-schema} from which {@link #recorded} is read}
     *
     * @throws IllegalArgumentException if no schema of this version was recorded
     */
    public static JsonNode recordedReply(String version) {
        Objects.requireNonNull(version, "version");
        return RecordedSchemas.read(version);
    }

    /** {@return the versions whose schemas this library contains, the oldest first} */
    public static List<String> recordedVersions() {
        return RecordedSchemas.VERSIONS;
    }

    /** {@return the commands by name, sorted} */
    public Map<String, SchemaCommand> commands() {
        return commands;
    }

    /** {@return the events by name, sorted} */
    public Map<String, SchemaEvent> events() {
        return events;
    }

    /** {@return the command of this name; empty if the machine has none} */
    public Optional<SchemaCommand> command(String name) {
        Objects.requireNonNull(name, "name");
        return Optional.ofNullable(commands.get(name));
    }

    /** {@return the event of this name; empty if the machine never sends it} */
    public Optional<SchemaEvent> event(String name) {
        Objects.requireNonNull(name, "name");
        return Optional.ofNullable(events.get(name));
    }

    /** {@return whether the machine has this command} */
    public boolean knowsCommand(String name) {
        Objects.requireNonNull(name, "name");
        return commands.containsKey(name);
    }

    /** {@return whether the command exists and takes the argument at this path} */
    public boolean knowsArgument(String command, String path) {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(path, "path");
        return !arguments(command, path).isEmpty();
    }

    /** {@return whether the argument at this path exists and accepts this string as one of its listed values} */
    public boolean knowsValue(String command, String path, String value) {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(value, "value");
        return arguments(command, path).stream().anyMatch(member -> hasValue(member.type(), value));
    }

    /** {@return whether the machine can send this event} */
    public boolean knowsEvent(String name) {
        Objects.requireNonNull(name, "name");
        return events.containsKey(name);
    }

    /** {@return whether the event exists and can have the datum at this path} */
    public boolean knowsEventData(String event, String path) {
        Objects.requireNonNull(event, "event");
        Objects.requireNonNull(path, "path");
        return event(event).map(known -> !find(known.data(), path).isEmpty()).orElse(false);
    }

    /**
     * {@return the members at a path of a command's arguments: several if variants differ, none if it does not exist}
     */
    public List<SchemaMember> arguments(String command, String path) {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(path, "path");
        return command(command).map(known -> find(known.arguments(), path)).orElse(List.of());
    }

    /**
     * {@return all errors that the machine would report for a command; empty if there are none} Arguments of a command
     * that is {@linkplain SchemaCommand#isOpen() open} are checked only as far as the schema describes them.
     */
    public List<CommandProblem> check(QmpCommand command) {
        Objects.requireNonNull(command, "command");
        return CommandChecker.check(this, command);
    }

    /** {@return the differences of another schema from this one} */
    public SchemaDiff diff(QmpSchema other) {
        Objects.requireNonNull(other, "other");
        return SchemaDiff.between(this, other);
    }

    private static List<SchemaMember> find(ObjectType type, String path) {
        Set<SchemaType> objects = Set.of(type);
        Set<SchemaMember> found = Set.of();
        for (String name : path.split("\\.", -1)) {
            found = new LinkedHashSet<>();
            for (SchemaType object : possible(objects)) {
                SchemaMember member =
                        object instanceof ObjectType known ? known.members().get(name) : null;
                if (member != null) {
                    found.add(member);
                }
            }
            objects = found.stream().map(SchemaMember::type).collect(Collectors.toCollection(LinkedHashSet::new));
        }
        return List.copyOf(found);
    }

    /**
     * {@return types, their variants, their choices and their elements, in any depth} Each type once: the paths to a
     * type can be very many, or without end.
     */
    private static Set<SchemaType> possible(Collection<? extends SchemaType> types) {
        Set<SchemaType> visited = new LinkedHashSet<>();
        Deque<SchemaType> open = new ArrayDeque<>(types);
        for (SchemaType type = open.poll(); type != null; type = open.poll()) {
            if (!visited.add(type)) {
                continue;
            }
            if (type instanceof ObjectType object) {
                open.addAll(object.variants().values());
            } else if (type instanceof ArrayType array) {
                open.add(array.element());
            } else if (type instanceof AlternateType alternate) {
                open.addAll(alternate.choices());
            }
        }
        return visited;
    }

    private static boolean hasValue(SchemaType type, String value) {
        return possible(List.of(type)).stream()
                .anyMatch(possible ->
                        possible instanceof EnumType values && values.values().contains(value));
    }

    /** {@return the number of commands and events} */
    @Override
    public String toString() {
        return "QmpSchema[" + commands.size() + " commands, " + events.size() + " events]";
    }
}
