package dev.qmp.codegen;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.JavaFile;
import com.palantir.javapoet.TypeSpec;
import dev.qmp.codegen.Facts.Call;
import dev.qmp.codegen.Facts.Member;
import dev.qmp.codegen.Facts.Type;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes the packages below {@code dev.qmp.qapi} from the facts of QEMU's versions. The same facts always give the same
 * files. Files that are the same already stay untouched, so that a compiler finds nothing to do.
 */
public final class Generator {

    private final Path folder;
    private final Set<Path> written = new HashSet<>();

    private Generator(Path folder) {
        this.folder = folder;
    }

    /** Takes the file with the facts, the folder for the sources and the folder for the resources. */
    public static void main(String[] arguments) {
        JsonNode facts = JsonMapper.shared().readTree(Path.of(arguments[0]));
        List<String> versions = new ArrayList<>();
        facts.get("versions").forEach(version -> versions.add(version.stringValue()));
        Generator sources = new Generator(Path.of(arguments[1]));
        Facts machine = Facts.read(facts.get("machine"));
        sources.write(machine, "dev.qmp.qapi", new Docs("QEMU", versions));
        sources.write(Facts.read(facts.get("agent")), "dev.qmp.qapi.agent", new Docs("the guest agent", versions));
        sources.removeOthers();
        Generator resources = new Generator(Path.of(arguments[2]));
        resources.write(
                Path.of("META-INF/native-image/dev.qmp/qmp-core-qapi/reachability-metadata.json"), metadata(machine));
    }

    private void write(Facts facts, String root, Docs docs) {
        Types types = new Types(facts, root + ".type");
        Records records = new Records(types, docs);
        Set<String> arguments = argumentTypes(facts);
        Set<String> used = new TreeSet<>(arguments);
        for (Call command : facts.commands().values()) {
            if (command.returns() != null) {
                collect(facts, command.returns(), used);
            }
        }
        facts.events().values().forEach(event -> collect(facts, event.members(), used));
        TypeWriter typeWriter = new TypeWriter(types, docs, records, arguments);
        for (String name : used) {
            write(root + ".type", typeWriter.write(facts.types().get(name)));
        }
        CallWriter callWriter = new CallWriter(types, docs, records);
        for (Call command : facts.commands().values()) {
            ClassName name = ClassName.get(root + ".command", Names.type(command.name()));
            write(name.packageName(), callWriter.command(command, name));
        }
        for (Call event : facts.events().values()) {
            ClassName name = ClassName.get(root + ".event", Names.event(event.name()));
            write(name.packageName(), callWriter.event(event, name));
        }
    }

    /** {@return the types that arguments of commands are made of} */
    private static Set<String> argumentTypes(Facts facts) {
        Set<String> types = new TreeSet<>();
        for (Call command : facts.commands().values()) {
            collect(facts, command.members(), types);
            if (command.union() != null) {
                collect(facts, command.union(), types);
            }
        }
        return types;
    }

    private static void collect(Facts facts, List<Member> members, Set<String> types) {
        members.forEach(member -> collect(facts, member.type(), types));
    }

    private static void collect(Facts facts, String type, Set<String> types) {
        Type known = facts.types().get(Types.element(type));
        if (known != null && types.add(known.name())) {
            collect(facts, known.members(), types);
            known.variants().forEach(variant -> collect(facts, variant.members(), types));
        }
    }

    /** The classes that are looked up by reflection: events, see {@code EventType}. */
    private static String metadata(Facts facts) {
        List<String> entries = new ArrayList<>();
        for (String event : facts.events().keySet()) {
            entries.add(
                    """
                        {
                          "condition": {"typeReached": "dev.qmp.qapi.EventType"},
                          "type": "dev.qmp.qapi.event.%s",
                          "methods": [{"name": "decode", "parameterTypes": ["dev.qmp.message.QmpEvent"]}]
                        }"""
                            .formatted(Names.event(event)));
        }
        return "{\"reflection\": [\n" + String.join(",\n", entries) + "\n]}\n";
    }

    // ------------------------------------------------------------------ files

    private void write(String packageName, TypeSpec type) {
        JavaFile file = JavaFile.builder(packageName, type)
                .addFileComment("Generated from facts.json in the build; changes are lost.")
                .skipJavaLangImports(true)
                .indent("    ")
                .build();
        Path path = Path.of(packageName.replace('.', '/'), type.name() + ".java");
        if (written.contains(folder.resolve(path))) {
            throw new IllegalStateException("two types are named " + packageName + "." + type.name());
        }
        write(path, file.toString());
    }

    private void write(Path path, String content) {
        Path file = folder.resolve(path);
        written.add(file);
        try {
            if (!Files.exists(file) || !Files.readString(file).equals(content)) {
                Files.createDirectories(file.getParent());
                Files.writeString(file, content);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void removeOthers() {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!written.contains(file)) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
