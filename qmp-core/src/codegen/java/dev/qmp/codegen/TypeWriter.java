package dev.qmp.codegen;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.FieldSpec;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.ParameterSpec;
import com.palantir.javapoet.ParameterizedTypeName;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import dev.qmp.codegen.Facts.Lifetime;
import dev.qmp.codegen.Facts.Member;
import dev.qmp.codegen.Facts.Type;
import dev.qmp.codegen.Facts.Variant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;

/** Writes structs, unions, alternates and enumerations. */
final class TypeWriter {

    private static final ClassName VALUE = ClassName.get(Types.RUNTIME, "QapiValue");
    private static final ClassName ENUM = ClassName.get(Types.RUNTIME, "QapiEnum");
    private static final String OTHER = "Other";

    private final Types types;
    private final Docs docs;
    private final Records records;
    private final Set<String> arguments;

    /** Creates a writer; the types that arguments can have get methods to make values. */
    TypeWriter(Types types, Docs docs, Records records, Set<String> arguments) {
        this.types = types;
        this.docs = docs;
        this.records = records;
        this.arguments = arguments;
    }

    TypeSpec write(Type type) {
        return switch (type.kind()) {
            case STRUCT -> struct(type);
            case UNION -> union(type);
            case ALTERNATE -> alternate(type);
            case ENUM -> enumeration(type);
        };
    }

    private TypeSpec struct(Type type) {
        Records.Shape shape = records.new Shape(types.className(type.name()), type.members())
                .forArguments(arguments.contains(type.name()));
        TypeSpec.Builder record = shape.declare()
                .addJavadoc("$L", docs.of("struct", type.name(), type.lifetime()))
                .addSuperinterface(VALUE);
        return complete(record, shape);
    }

    private static TypeSpec complete(TypeSpec.Builder record, Records.Shape shape) {
        if (shape.isForArguments()) {
            shape.addFactories(record);
        }
        return record.addMethod(shape.decode()).addMethod(shape.toJson()).build();
    }

    // ------------------------------------------------------------------ unions

    private TypeSpec union(Type type) {
        ClassName name = types.className(type.name());
        TypeSpec.Builder union = TypeSpec.interfaceBuilder(name)
                .addModifiers(Modifier.PUBLIC, Modifier.SEALED)
                .addJavadoc("$L", docs.of("union", type.name(), type.lifetime()))
                .addSuperinterface(VALUE);
        Member tag = type.members().stream()
                .filter(member -> member.name().equals(type.tag()))
                .findFirst()
                .orElseThrow();
        for (Member member : type.members()) {
            union.addMethod(MethodSpec.methodBuilder(Names.component(member.name()))
                    .addJavadoc("{@return $L}", docs.of(member))
                    .addModifiers(Modifier.PUBLIC, Modifier.ABSTRACT)
                    .returns(types.of(member))
                    .build());
        }
        List<Member> common =
                type.members().stream().filter(member -> member != tag).toList();
        CodeBlock.Builder cases = CodeBlock.builder()
                .add(
                        "return switch ($T.$L(json, $S)) {\n$>",
                        Types.READER,
                        tag.isNullable() ? "findTag" : "tag",
                        type.tag());
        Set<String> names = new HashSet<>(Set.of(OTHER, name.simpleName()));
        for (Variant variant : type.variants()) {
            String simple = Names.type(variant.value());
            ClassName nested = name.nestedClass(names.add(simple) ? simple : simple + "Variant");
            union.addPermittedSubclass(nested).addType(variant(type, tag, common, variant, nested));
            cases.add("case $S -> $T.decode(json);\n", variant.value(), nested);
        }
        ClassName other = name.nestedClass(OTHER);
        union.addPermittedSubclass(other).addType(otherVariant(type, other));
        cases.add("default -> $T.decode(json);\n$<};\n", other);
        return union.addMethod(Records.decodeMethod(name).addCode(cases.build()).build())
                .build();
    }

    private TypeSpec variant(Type type, Member tag, List<Member> common, Variant variant, ClassName nested) {
        List<Member> members = new ArrayList<>(common);
        Set<String> names = common.stream().map(Member::name).collect(Collectors.toSet());
        // a member that moved from the base into a variant stays where it was first
        variant.members().stream()
                .filter(member -> !names.contains(member.name()))
                .forEach(members::add);
        ClassName kind = types.className(tag.type());
        CodeBlock constant = CodeBlock.of("$T.$L", kind, Names.constant(variant.value()));
        Records.Shape shape = records.new Shape(nested, members)
                .withTag(tag.name(), constant)
                .forArguments(arguments.contains(type.name()));
        TypeSpec.Builder record = shape.declare()
                .addModifiers(Modifier.STATIC)
                .addJavadoc("The variant with {@code $L} {@code $L}.\n", tag.name(), variant.value())
                .addSuperinterface(types.className(type.name()))
                .addMethod(MethodSpec.methodBuilder(Names.component(tag.name()))
                        .addAnnotation(Override.class)
                        .addModifiers(Modifier.PUBLIC)
                        .returns(kind)
                        .addStatement("return $L", constant)
                        .build());
        return complete(record, shape);
    }

    private TypeSpec otherVariant(Type type, ClassName nested) {
        Records.Shape shape = records.new Shape(nested, type.members()).forArguments(arguments.contains(type.name()));
        TypeSpec.Builder record = shape.declare()
                .addModifiers(Modifier.STATIC)
                .addJavadoc("A variant without members of its own, or one that this library does not know.\n")
                .addSuperinterface(types.className(type.name()));
        return complete(record, shape);
    }

    // ------------------------------------------------------------------ alternates

    private TypeSpec alternate(Type type) {
        ClassName name = types.className(type.name());
        TypeSpec.Builder alternate = TypeSpec.interfaceBuilder(name)
                .addModifiers(Modifier.PUBLIC, Modifier.SEALED)
                .addJavadoc("$L", docs.of("alternate", type.name(), type.lifetime()))
                .addSuperinterface(VALUE);
        MethodSpec.Builder decode = Records.decodeMethod(name);
        for (Member branch : type.members()) {
            ClassName nested = name.nestedClass(Names.type(branch.name().equals("null") ? "json-null" : branch.name()));
            boolean isNull = branch.type().equals("null");
            alternate.addPermittedSubclass(nested).addType(branch(name, nested, types.of(branch.type()), isNull));
            decode.beginControlFlow("if (json.$L())", types.predicate(branch.type()));
            if (isNull) {
                decode.addStatement("return new $T()", nested);
            } else {
                decode.addStatement("return new $T($L)", nested, types.read(branch.type(), "json"));
                alternate.addMethod(MethodSpec.methodBuilder("of")
                        .addJavadoc("{@return {@code $L}}", branch.name())
                        .addModifiers(Modifier.PUBLIC, Modifier.STATIC)
                        .addParameter(types.of(branch.type()), "value")
                        .returns(name)
                        .addStatement("return new $T(value)", nested)
                        .build());
            }
            decode.endControlFlow();
        }
        ClassName other = name.nestedClass(OTHER);
        return alternate
                .addPermittedSubclass(other)
                .addType(branch(name, other, Types.JSON, false))
                .addMethod(decode.addStatement("return new $T(json)", other).build())
                .build();
    }

    private TypeSpec branch(ClassName alternate, ClassName name, TypeName value, boolean isNull) {
        MethodSpec.Builder components = MethodSpec.constructorBuilder();
        TypeSpec.Builder record = TypeSpec.recordBuilder(name)
                .addModifiers(Modifier.PUBLIC, Modifier.STATIC)
                .addSuperinterface(alternate);
        CodeBlock json = CodeBlock.of("$T.tree(value)", Types.WRITER);
        if (isNull) {
            record.addJavadoc("A JSON null.\n");
            json = CodeBlock.of(
                    "$T.instance.nullNode()", ClassName.get("tools.jackson.databind.node", "JsonNodeFactory"));
        } else {
            record.addJavadoc(
                    name.simpleName().equals(OTHER)
                            ? "A value of a type that this library does not know.\n"
                            : "A value of one type.\n");
            components.addParameter(ParameterSpec.builder(value, "value")
                    .addJavadoc("the value\n")
                    .build());
        }
        if (!isNull && !value.isPrimitive()) {
            boolean isList = value instanceof ParameterizedTypeName;
            record.addMethod(MethodSpec.compactConstructorBuilder()
                    .addJavadoc(isList ? "Copies the list." : "Refuses null.")
                    .addModifiers(Modifier.PUBLIC)
                    .addStatement("$T.requireNonNull(value, $S)", Objects.class, "value")
                    .addCode(isList ? CodeBlock.of("value = $T.copyOf(value);\n", List.class) : CodeBlock.of(""))
                    .build());
        }
        return record.recordConstructor(components.build())
                .addMethod(MethodSpec.methodBuilder("toJson")
                        .addAnnotation(Override.class)
                        .addModifiers(Modifier.PUBLIC)
                        .returns(Types.JSON)
                        .addStatement("return $L", json)
                        .build())
                .build();
    }

    // ------------------------------------------------------------------ enumerations

    private TypeSpec enumeration(Type type) {
        ClassName name = types.className(type.name());
        TypeSpec.Builder enumeration = TypeSpec.classBuilder(name)
                .addModifiers(Modifier.PUBLIC, Modifier.FINAL)
                .addJavadoc("$L", docs.of("enumeration", type.name(), type.lifetime()))
                .superclass(ENUM);
        List<CodeBlock> constants = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        for (Map.Entry<String, Lifetime> value : type.values().entrySet()) {
            String constant = Names.constant(value.getKey());
            if (!taken.add(constant)) {
                throw new IllegalStateException("two constants " + constant + " in " + name);
            }
            constants.add(CodeBlock.of("$L", constant));
            enumeration.addField(FieldSpec.builder(name, constant, Modifier.PUBLIC, Modifier.STATIC, Modifier.FINAL)
                    .addJavadoc("{@code $L}$L.", value.getKey(), docs.lifetime(value.getValue()))
                    .initializer("new $T($S, true)", name, value.getKey())
                    .build());
        }
        TypeName list = ParameterizedTypeName.get(ClassName.get(List.class), name);
        return enumeration
                .addField(FieldSpec.builder(list, "VALUES", Modifier.PRIVATE, Modifier.STATIC, Modifier.FINAL)
                        .initializer("$T.of($L)", List.class, CodeBlock.join(constants, ", "))
                        .build())
                .addMethod(MethodSpec.constructorBuilder()
                        .addModifiers(Modifier.PRIVATE)
                        .addParameter(String.class, "value")
                        .addParameter(boolean.class, "known")
                        .addStatement("super(value, known)")
                        .build())
                .addMethod(MethodSpec.methodBuilder("values")
                        .addJavadoc("{@return the known values}")
                        .addModifiers(Modifier.PUBLIC, Modifier.STATIC)
                        .returns(list)
                        .addStatement("return VALUES")
                        .build())
                .addMethod(MethodSpec.methodBuilder("of")
                        .addJavadoc("{@return the value of this spelling, whether it is known or not}")
                        .addModifiers(Modifier.PUBLIC, Modifier.STATIC)
                        .addParameter(String.class, "value")
                        .returns(name)
                        .addStatement("$T known = find(VALUES, value)", name)
                        .addStatement("return known != null ? known : new $T(value, false)", name)
                        .build())
                .addMethod(Records.decodeMethod(name)
                        .addStatement("return of($T.asString(json))", Types.READER)
                        .build())
                .build();
    }
}
