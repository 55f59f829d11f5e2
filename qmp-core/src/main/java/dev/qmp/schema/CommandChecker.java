package dev.qmp.schema;

import dev.qmp.error.Text;
import dev.qmp.message.QmpCommand;
import dev.qmp.schema.CommandProblem.Kind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Compares one command with a schema, as the QAPI visitors of QEMU do, and collects all errors. */
final class CommandChecker {

    private static final BigInteger LEAST = BigInteger.ONE.shiftLeft(63).negate();
    private static final BigInteger MOST = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
    private static final String DEPRECATED = "deprecated";

    /** The limit of the collected errors, and of the deprecations. A schema can require members without end. */
    private static final int MAX_PROBLEMS = 100;

    private final QmpSchema schema;
    private final List<CommandProblem> problems = new ArrayList<>();
    private int errors;
    private int deprecations;

    private CommandChecker(QmpSchema schema) {
        this.schema = schema;
    }

    static List<CommandProblem> check(QmpSchema schema, QmpCommand command) {
        CommandChecker checker = new CommandChecker(schema);
        checker.check(command);
        return List.copyOf(checker.problems);
    }

    private void check(QmpCommand command) {
        SchemaCommand known = schema.command(command.name()).orElse(null);
        if (known == null) {
            add(Kind.UNKNOWN_COMMAND, "execute", "no command " + quoted(command.name()), nearest(command.name()));
            return;
        }
        if (command.isOutOfBand() && !known.isOutOfBand()) {
            add(Kind.NOT_OUT_OF_BAND, "exec-oob", "this command cannot be executed out of band", null);
        }
        deprecated("execute", known.features());
        JsonNode arguments = command.arguments();
        if (arguments != null && !arguments.isObject()) {
            wrongType("arguments", "object", arguments);
            return;
        }
        object("arguments", known.arguments(), arguments, known.isOpen());
    }

    private @Nullable String nearest(String command) {
        return Names.nearest(command, schema.commands().keySet()).orElse(null);
    }

    // ------------------------------------------------------------------ objects

    private void object(String place, ObjectType type, @Nullable JsonNode object, boolean isOpen) {
        Set<String> known = new HashSet<>();
        boolean isCertain = members(place, type, object, known);
        if (object == null || isOpen) {
            return;
        }
        for (Map.Entry<String, JsonNode> given : object.properties()) {
            if (!known.contains(given.getKey())) {
                String name = Text.printable(given.getKey());
                String detail = isCertain ? "no such argument" : "no such argument in any variant";
                add(
                        Kind.UNKNOWN_ARGUMENT,
                        place + "." + name,
                        detail,
                        Names.nearest(name, known).orElse(null));
            }
        }
    }

    /**
     * Checks the members that the type describes, and collects their names.
     *
     * @return whether the variant is known; if not, the names of all variants are collected
     */
    private boolean members(String place, ObjectType type, @Nullable JsonNode object, Set<String> known) {
        for (String name : new TreeSet<>(type.members().keySet())) {
            known.add(name);
            member(place + "." + name, type.members().get(name), object == null ? null : object.get(name));
        }
        SchemaMember tag = type.tag().map(type.members()::get).orElse(null);
        if (tag == null) {
            return true;
        }
        JsonNode selected = object == null ? null : object.get(tag.name());
        if (selected == null && tag.isOptional()) {
            return true;
        }
        if (selected == null || !selected.isString() || !accepts(tag.type(), selected.stringValue())) {
            names(type, known, Collections.newSetFromMap(new IdentityHashMap<>()));
            return false;
        }
        ObjectType variant = type.variants().get(selected.stringValue());
        return variant == null || members(place, variant, object, known);
    }

    private void member(String place, @Nullable SchemaMember member, @Nullable JsonNode value) {
        if (member == null) {
            return;
        }
        if (value != null) {
            deprecated(place, member.features());
            value(place, member.type(), value);
        } else if (!member.isOptional()) {
            add(Kind.MISSING_ARGUMENT, place, "missing, and not optional", null);
        }
    }

    private static boolean accepts(SchemaType type, String value) {
        return !(type instanceof EnumType values) || values.values().contains(value);
    }

    /**
     * Collects the names of the members of all variants.
     *
     * @param visited the types that were visited; the paths to a type that several unions share can be very many
     */
    private static void names(ObjectType type, Set<String> known, Set<ObjectType> visited) {
        if (visited.add(type)) {
            known.addAll(type.members().keySet());
            type.variants().values().forEach(variant -> names(variant, known, visited));
        }
    }

    // ------------------------------------------------------------------ values

    private void value(String place, SchemaType type, JsonNode value) {
        if (type instanceof AlternateType alternate) {
            alternate(place, alternate, value);
        } else if (!fits(type, value)) {
            wrongType(place, type.description(), value);
        } else if (type instanceof EnumType values) {
            enumValue(place, values, value.stringValue());
        } else if (type instanceof ArrayType array) {
            int index = 0;
            for (JsonNode element : value) {
                value(place + "[" + index++ + "]", array.element(), element);
            }
        } else if (type instanceof ObjectType object) {
            object(place, object, value, false);
        }
    }

    private void alternate(String place, AlternateType alternate, JsonNode value) {
        List<SchemaType> fitting = alternate.choices().stream()
                .filter(choice -> fits(choice, value))
                .toList();
        if (fitting.isEmpty()) {
            wrongType(place, alternate.description(), value);
        } else if (fitting.size() == 1) {
            value(place, fitting.get(0), value);
        }
    }

    private void enumValue(String place, EnumType type, String value) {
        if (!type.values().contains(value)) {
            // The given value does not appear in the text: a string in the wrong place can be a secret.
            Collection<String> values = type.values();
            add(
                    Kind.UNKNOWN_VALUE,
                    place,
                    "must be one of " + Names.list(values),
                    Names.nearest(value, values).orElse(null));
        } else {
            deprecated(place + "=" + value, type.features(value));
        }
    }

    private static boolean fits(SchemaType type, JsonNode value) {
        if (type instanceof BuiltinType builtin) {
            return switch (builtin) {
                case STRING -> value.isString();
                case INT -> isInteger(value);
                case NUMBER -> value.isNumber();
                case BOOLEAN -> value.isBoolean();
                case NULL -> value.isNull();
                case OBJECT -> value.isObject();
                case ARRAY -> value.isArray();
                case VALUE -> true;
            };
        }
        if (type instanceof EnumType) {
            return value.isString();
        }
        return type instanceof ArrayType ? value.isArray() : value.isObject();
    }

    private static boolean isInteger(JsonNode value) {
        if (!value.isIntegralNumber()) {
            return false;
        }
        BigInteger number = value.bigIntegerValue();
        return number.compareTo(LEAST) >= 0 && number.compareTo(MOST) <= 0;
    }

    // ------------------------------------------------------------------ problems

    private void deprecated(String place, Set<String> features) {
        if (features.contains(DEPRECATED)) {
            add(Kind.DEPRECATED, place, "deprecated: a later version of QEMU will not have it", null);
        }
    }

    private void wrongType(String place, String expected, JsonNode value) {
        String found = value.getNodeType().name().toLowerCase(Locale.ROOT);
        String detail = "must be " + expected + ", not " + found;
        add(new CommandProblem(Kind.WRONG_TYPE, place, detail, expected, null));
    }

    private void add(Kind kind, String place, String detail, @Nullable String suggestion) {
        add(new CommandProblem(kind, place, detail, null, suggestion));
    }

    private void add(CommandProblem problem) {
        boolean deprecated = problem.kind() == Kind.DEPRECATED; // such a command is sent, so it displaces no error
        if ((deprecated ? deprecations++ : errors++) < MAX_PROBLEMS) {
            problems.add(problem);
        }
    }

    private static String quoted(String name) {
        return "\"" + Text.printable(name) + "\"";
    }
}
