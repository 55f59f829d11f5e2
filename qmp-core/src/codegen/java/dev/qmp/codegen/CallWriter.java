package dev.qmp.codegen;

import com.palantir.javapoet.AnnotationSpec;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.ParameterSpec;
import com.palantir.javapoet.ParameterizedTypeName;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import dev.qmp.codegen.Facts.Call;
import dev.qmp.codegen.Facts.Member;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import javax.lang.model.element.Modifier;

/** Writes commands and events. */
final class CallWriter {

    private static final ClassName COMMAND = ClassName.get(Types.RUNTIME, "QapiCommand");
    private static final ClassName EVENT = ClassName.get(Types.RUNTIME, "QapiEvent");
    private static final ClassName EVENT_NAME = ClassName.get(Types.RUNTIME, "EventName");
    private static final ClassName UNTYPED_COMMAND = ClassName.get("dev.qmp.message", "QmpCommand");
    private static final ClassName UNTYPED_EVENT = ClassName.get("dev.qmp.message", "QmpEvent");

    private final Types types;
    private final Docs docs;
    private final Records records;

    CallWriter(Types types, Docs docs, Records records) {
        this.types = types;
        this.docs = docs;
        this.records = records;
    }

    TypeSpec command(Call call, ClassName name) {
        TypeName result = call.returns() == null
                ? Types.nullable(ClassName.get(Void.class))
                : types.of(call.returns()).box();
        TypeSpec.Builder command = TypeSpec.classBuilder(name)
                .addModifiers(Modifier.PUBLIC, Modifier.FINAL)
                .addJavadoc("$L", docs.of("command", call.name(), call.lifetime()))
                .superclass(ParameterizedTypeName.get(COMMAND, result, name))
                .addMethod(MethodSpec.constructorBuilder()
                        .addModifiers(Modifier.PRIVATE)
                        .addParameter(UNTYPED_COMMAND, "command")
                        .addStatement("super(command)")
                        .build())
                .addMethod(factory(call, name));
        if (call.oob()) {
            command.addJavadoc("It can be sent out of band: {@link #outOfBand()}.\n");
        }
        if (call.silent()) {
            command.addJavadoc("There is no reply to a success: it completes when it is sent.\n");
        }
        for (Member member : call.members()) {
            if (member.isNullable()) {
                addWith(command, member, name);
            }
        }
        command.addMethod(MethodSpec.methodBuilder("copy")
                .addAnnotation(Override.class)
                .addModifiers(Modifier.PROTECTED)
                .addParameter(UNTYPED_COMMAND, "command")
                .returns(name)
                .addStatement("return new $T(command)", name)
                .build());
        MethodSpec.Builder read = MethodSpec.methodBuilder("readResult")
                .addAnnotation(Override.class)
                .addModifiers(Modifier.PUBLIC)
                .addParameter(Types.JSON, "result")
                .returns(result);
        if (call.returns() == null) {
            read.addStatement("return null");
        } else {
            read.addStatement("return $L", types.read(call.returns(), "result"));
        }
        return command.addMethod(read.build()).build();
    }

    private MethodSpec factory(Call call, ClassName name) {
        MethodSpec.Builder factory = MethodSpec.methodBuilder("command")
                .addModifiers(Modifier.PUBLIC, Modifier.STATIC)
                .returns(name);
        CodeBlock command;
        if (call.union() != null) {
            factory.addJavadoc("{@return the command}").addParameter(types.of(call.union()), "arguments");
            command = CodeBlock.of(
                    "$T.of($S, $T.requireNonNull(arguments, $S).toJson())",
                    UNTYPED_COMMAND,
                    call.name(),
                    Objects.class,
                    "arguments");
        } else {
            List<Member> required = call.members().stream()
                    .filter(member -> !member.isNullable())
                    .toList();
            CodeBlock.Builder arguments = CodeBlock.builder().add("new $T()", Types.WRITER);
            for (Member member : required) {
                String parameter = Names.component(member.name());
                factory.addParameter(types.of(member), parameter);
                arguments.add("$Z.require($S, $N)", member.name(), parameter);
            }
            factory.addJavadoc(
                    required.isEmpty() ? "{@return the command}" : "{@return the command with the required arguments}");
            command = required.isEmpty()
                    ? CodeBlock.of("$T.of($S)", UNTYPED_COMMAND, call.name())
                    : arguments.add(".command($S)", call.name()).build();
        }
        if (call.silent()) {
            command = CodeBlock.of("$L.withoutReply()", command);
        }
        return factory.addStatement("return new $T($L)", name, command).build();
    }

    private void addWith(TypeSpec.Builder command, Member member, ClassName name) {
        String parameter = Names.component(member.name());
        command.addMethod(records.with(member, types.of(member.type()))
                .returns(name)
                .addStatement("return withArgument($S, $N)", member.name(), parameter)
                .build());
        if (types.isUnsigned(member)) {
            command.addMethod(records.with(member, TypeName.LONG)
                    .returns(name)
                    .addStatement("return $L($T.valueOf($N))", Names.with(member.name()), BigInteger.class, parameter)
                    .build());
        }
    }

    TypeSpec event(Call call, ClassName name) {
        if (call.members().stream().anyMatch(member -> member.name().equals("timestamp"))) {
            throw new IllegalStateException(call.name() + " has a member of the name that all events have");
        }
        TypeName timestamp = Types.nullable(ClassName.get(Instant.class));
        Records.Shape shape = records.new Shape(name, call.members())
                .withComponent(ParameterSpec.builder(timestamp, "timestamp")
                        .addJavadoc(
                                "when it happened by the host's clock; null if the server sent no valid timestamp\n")
                        .build());
        List<CodeBlock> values = shape.reads("in.unknown()");
        values.add(CodeBlock.of("event.timestamp()"));
        return shape.declare()
                .addJavadoc("$L", docs.of("event", call.name(), call.lifetime()))
                .addAnnotation(AnnotationSpec.builder(EVENT_NAME)
                        .addMember("value", "$S", call.name())
                        .build())
                .addSuperinterface(EVENT)
                .addMethod(MethodSpec.methodBuilder("decode")
                        .addJavadoc("{@return an event as this type}\n\n"
                                + "@throws dev.qmp.error.MappingException if the data does not fit the type")
                        .addModifiers(Modifier.PUBLIC, Modifier.STATIC)
                        .addParameter(UNTYPED_EVENT, "event")
                        .returns(name)
                        .addStatement("var in = new $T(event.data())", Types.READER)
                        .addStatement("return new $T($L)", name, CodeBlock.join(values, ", "))
                        .build())
                .build();
    }
}
