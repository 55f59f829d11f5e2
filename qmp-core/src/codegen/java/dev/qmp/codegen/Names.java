package dev.qmp.codegen;

import java.util.Locale;
import java.util.Set;
import javax.lang.model.SourceVersion;

/** Turns names of QAPI into names of Java. */
final class Names {

    /**
     * Methods of {@link Object}, which no component of a record may be named after, and those of the generated types.
     */
    private static final Set<String> TAKEN = Set.of(
            "clone",
            "finalize",
            "getClass",
            "hashCode",
            "notify",
            "notifyAll",
            "toString",
            "wait",
            "equals",
            "toJson",
            "decode",
            "unknownMembers");

    private Names() {}

    /** {@return a name of a class: {@code BlockJobCompleted} for {@code BLOCK_JOB_COMPLETED}, {@code QueryStatus}} */
    static String type(String name) {
        StringBuilder java = new StringBuilder();
        for (String word : name.split("[^A-Za-z0-9]+")) {
            boolean shouts = word.equals(word.toUpperCase(Locale.ROOT)) && name.contains("_");
            String rest = word.isEmpty() ? "" : word.substring(1);
            if (!word.isEmpty()) {
                java.append(Character.toUpperCase(word.charAt(0)))
                        .append(shouts ? rest.toLowerCase(Locale.ROOT) : rest);
            }
        }
        if (Character.isDigit(java.charAt(0))) {
            java.insert(0, 'V');
        }
        String result = java.toString();
        try {
            Class.forName("java.lang." + result);
            return "Qapi" + result;
        } catch (ClassNotFoundException | LinkageError e) {
            return result;
        }
    }

    /** {@return a name of an event's class: {@code Stop} for {@code STOP}} */
    static String event(String name) {
        return type(name.toLowerCase(Locale.ROOT));
    }

    /** {@return a name of a component: {@code nodeName} for {@code node-name}} */
    static String component(String name) {
        String type = type("a-" + name).substring(1);
        String java = name.equals(name.toUpperCase(Locale.ROOT))
                ? name.toLowerCase(Locale.ROOT)
                : Character.toLowerCase(type.charAt(0)) + type.substring(1);
        java = Character.isDigit(java.charAt(0)) ? "_" + java : java;
        return SourceVersion.isKeyword(java) || TAKEN.contains(java) ? java + "_" : java;
    }

    /** {@return the name of a method that sets a component: {@code withNodeName}} */
    static String with(String name) {
        String java = component(name).replaceAll("_$", "");
        return "with" + Character.toUpperCase(java.charAt(0)) + java.substring(1);
    }

    /** {@return a name of a constant: {@code FINISH_MIGRATE} for {@code finish-migrate}} */
    static String constant(String value) {
        String java = value.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
        return Character.isDigit(java.charAt(0)) ? "_" + java : java;
    }
}
