package dev.qmp.codegen;

import com.palantir.javapoet.AnnotationSpec;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.ParameterSpec;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import dev.qmp.codegen.Facts.Member;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.lang.model.element.Modifier;

/** Writes records with members: structs, variants of unions, events. */
final class Records {

    /**
     * Members that hold a secret itself, as SecretArguments has them, or what a guest's file or program contains.
     * Members that hold the id of a secret object have other names.
     */
    private static final Set<String> SECRETS = Set.of(
            "password",
            "passwd",
            "passphrase",
            "secret",
            "cookie",
            "rxcookie",
            "txcookie",
            "token",
            "credentials",
            "private-key",
            "buf-b64",
            "out-data",
            "err-data");

    private final Types types;
    private final Docs docs;

    Records(Types types, Docs docs) {
        this.types = types;
        this.docs = docs;
    }

    /** A record that is being written: its members, and the discriminator if it is a variant. */
    final class Shape {

        private final ClassName name;
        private final List<Member> members;
        private final List<ParameterSpec> components = new ArrayList<>();
        private CodeBlock constant;
        private String tag;
        private boolean forArguments;

        Shape(ClassName name, List<Member> members) {
            this.name = name;
            this.members = members;
            for (Member member : members) {
                components.add(ParameterSpec.builder(types.of(member), Names.component(member.name()))
                        .addJavadoc("$L\n", docs.of(member))
                        .build());
            }
            components.add(ParameterSpec.builder(Types.UNKNOWN, "unknownMembers")
                    .addJavadoc("the members that this type does not know\n")
                    .build());
        }

        /** The value of the discriminator is no component, because the type determines it. */
        Shape withTag(String tag, CodeBlock constant) {
            this.tag = tag;
            this.constant = constant;
            return this;
        }

        /** Applications create values of this type. So the constructor refuses a missing member. */
        Shape forArguments(boolean forArguments) {
            this.forArguments = forArguments;
            return this;
        }

        boolean isForArguments() {
            return forArguments;
        }

        Shape withComponent(ParameterSpec component) {
            components.add(component);
            return this;
        }

        TypeSpec.Builder declare() {
            TypeSpec.Builder type = TypeSpec.recordBuilder(name).addModifiers(Modifier.PUBLIC);
            MethodSpec.Builder components = MethodSpec.constructorBuilder();
            this.components.forEach(components::addParameter);
            type.recordConstructor(components.build());
            MethodSpec.Builder copies = MethodSpec.compactConstructorBuilder()
                    .addAnnotation(Types.INTERNAL_API)
                    .addModifiers(Modifier.PUBLIC)
                    .addJavadoc("Copies the collections.");
            for (Member member : members) {
                String component = Names.component(member.name());
                if (forArguments && !member.isNullable() && !types.of(member).isPrimitive()) {
                    copies.addStatement("$1T.requireNonNull($2N, $2S)", Objects.class, component);
                }
                if (Types.isList(member.type())) {
                    copies.addStatement("$1N = $2T.copy($1N)", component, Types.WRITER);
                }
            }
            copies.addStatement("$1N = $2T.copy($1N)", "unknownMembers", Types.WRITER);
            type.addMethod(copies.build());
            if (members.stream().anyMatch(member -> SECRETS.contains(member.name()))
                    || name.simpleName().startsWith("Secret")) {
                type.addMethod(MethodSpec.methodBuilder("toString")
                        .addJavadoc("Names the type only, because a member may be a secret.")
                        .addAnnotation(Override.class)
                        .addModifiers(Modifier.PUBLIC)
                        .returns(String.class)
                        .addStatement("return $S", name.simpleName() + "[***]")
                        .build());
            }
            return type;
        }

        /** {@return the method that reads the record} */
        MethodSpec decode() {
            MethodSpec.Builder method = decodeMethod(name);
            method.addStatement("var in = new $T(json)", Types.READER);
            if (tag != null) {
                method.addStatement("in.string($S)", tag);
            }
            return method.addStatement("return new $T($L)", name, CodeBlock.join(reads("in.unknown()"), ", "))
                    .build();
        }

        List<CodeBlock> reads(String last) {
            List<CodeBlock> reads = new ArrayList<>();
            members.forEach(member -> reads.add(types.read(member)));
            reads.add(CodeBlock.of(last));
            return reads;
        }

        /** {@return the method that writes the record} */
        MethodSpec toJson() {
            CodeBlock.Builder code = CodeBlock.builder().add("return new $T()", Types.WRITER);
            if (tag != null) {
                code.add(".require($S, $L)", tag, constant);
            }
            for (Member member : members) {
                code.add(
                        "$Z.$L($S, $N)",
                        member.isNullable() ? "put" : "require",
                        member.name(),
                        Names.component(member.name()));
            }
            return MethodSpec.methodBuilder("toJson")
                    .addAnnotation(Override.class)
                    .addModifiers(Modifier.PUBLIC)
                    .returns(Types.JSON)
                    .addStatement(code.add(".json(unknownMembers)").build())
                    .build();
        }

        /** Adds {@code of} with the required members, and a {@code with} method for each optional one. */
        void addFactories(TypeSpec.Builder type) {
            MethodSpec.Builder factory = MethodSpec.methodBuilder("of")
                    .addJavadoc("{@return a value with the members that every version requires}")
                    .addModifiers(Modifier.PUBLIC, Modifier.STATIC)
                    .returns(name);
            List<CodeBlock> values = new ArrayList<>();
            for (Member member : members) {
                if (member.isNullable()) {
                    values.add(CodeBlock.of("null"));
                } else {
                    String component = Names.component(member.name());
                    factory.addParameter(types.of(member), component);
                    values.add(CodeBlock.of("$N", component));
                }
            }
            values.add(CodeBlock.of("$T.of()", Map.class));
            type.addMethod(factory.addStatement("return new $T($L)", name, CodeBlock.join(values, ", "))
                    .build());
            for (Member member : members) {
                if (member.isNullable()) {
                    addWith(type, member);
                }
            }
        }

        private void addWith(TypeSpec.Builder type, Member member) {
            String component = Names.component(member.name());
            List<CodeBlock> values = new ArrayList<>();
            for (ParameterSpec each : components) {
                values.add(CodeBlock.of("$N", each.name()));
            }
            MethodSpec.Builder with = with(member, types.of(member.type()));
            if (!types.of(member.type()).isPrimitive()) {
                with.addStatement("$1T.requireNonNull($2N, $2S)", Objects.class, component);
            }
            type.addMethod(with.returns(name)
                    .addStatement("return new $T($L)", name, CodeBlock.join(values, ", "))
                    .build());
            if (types.isUnsigned(member)) {
                type.addMethod(with(member, TypeName.LONG)
                        .returns(name)
                        .addStatement(
                                "return $L($T.valueOf($N))", Names.with(member.name()), BigInteger.class, component)
                        .build());
            }
        }
    }

    /** {@return the beginning of a method that sets an optional member or argument} */
    MethodSpec.Builder with(Member member, TypeName type) {
        return MethodSpec.methodBuilder(Names.with(member.name()))
                .addJavadoc("{@return this with {@code $L}$L}", member.name(), docs.lifetime(member.lifetime()))
                .addModifiers(Modifier.PUBLIC)
                .addParameter(type, Names.component(member.name()));
    }

    /** {@return the beginning of a method that reads a type from JSON} */
    static MethodSpec.Builder decodeMethod(ClassName name) {
        return MethodSpec.methodBuilder("decode")
                .addJavadoc("{@return a value that is read from JSON}\n\n"
                        + "@throws dev.qmp.error.MappingException if the JSON does not fit the type")
                .addAnnotation(AnnotationSpec.builder(Types.CREATOR)
                        .addMember("mode", "$T.DELEGATING", Types.CREATOR.nestedClass("Mode"))
                        .build())
                .addModifiers(Modifier.PUBLIC, Modifier.STATIC)
                .addParameter(Types.JSON, "json")
                .returns(name);
    }
}
