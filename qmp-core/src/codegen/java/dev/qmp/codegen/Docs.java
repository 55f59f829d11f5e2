package dev.qmp.codegen;

import dev.qmp.codegen.Facts.Lifetime;
import dev.qmp.codegen.Facts.Member;
import java.util.List;

/** The Javadoc of generated types: names, versions and features. */
final class Docs {

    private final String program;
    private final List<String> versions;

    Docs(String program, List<String> versions) {
        this.program = program;
        this.versions = versions;
    }

    /** {@return a type's documentation} */
    String of(String what, String name, Lifetime lifetime) {
        return "The " + what + " {@code " + name + "} of " + program + ".\n\n<p>" + versions(lifetime) + "\n";
    }

    private String versions(Lifetime lifetime) {
        StringBuilder text = new StringBuilder("First version: ")
                .append(since(lifetime))
                .append(". Last version: ")
                .append(until(lifetime))
                .append('.');
        for (String feature : lifetime.features()) {
            text.append(' ').append(feature(feature));
        }
        return text.toString();
    }

    private String since(Lifetime lifetime) {
        return lifetime.since() == null
                ? versions.get(0) + " or before"
                : lifetime.since() + " (after " + versions.get(versions.indexOf(lifetime.since()) - 1) + ")";
    }

    private String until(Lifetime lifetime) {
        return lifetime.until() == null
                ? versions.get(versions.size() - 1) + " or later"
                : lifetime.until() + " (before " + versions.get(versions.indexOf(lifetime.until()) + 1) + ")";
    }

    private static String feature(String feature) {
        return switch (feature) {
            case "deprecated" -> "<strong>Deprecated</strong> by QEMU.";
            case "unstable" -> "<strong>Unstable</strong>: QEMU can change or remove it in any version.";
            default -> "Feature: {@code " + feature + "}.";
        };
    }

    /** {@return the documentation of a member, as part of a sentence} */
    String of(Member member) {
        StringBuilder text = new StringBuilder("the member {@code " + member.name() + "}");
        if (member.isNullable()) {
            text.append("; null if absent");
        }
        text.append(lifetime(member.lifetime()));
        return text.toString();
    }

    /** {@return where the lifetime differs from all versions, as part of a sentence} */
    String lifetime(Lifetime lifetime) {
        StringBuilder text = new StringBuilder();
        if (lifetime.since() != null) {
            text.append("; first version: ").append(since(lifetime));
        }
        if (lifetime.until() != null) {
            text.append("; last version: ").append(until(lifetime));
        }
        for (String feature : lifetime.features()) {
            text.append("; ").append(feature.equals("deprecated") ? "deprecated by QEMU" : feature);
        }
        return text.toString();
    }
}
