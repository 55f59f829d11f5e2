package dev.qmp.codegen;

import com.palantir.javapoet.AnnotationSpec;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.ParameterizedTypeName;
import com.palantir.javapoet.TypeName;
import dev.qmp.codegen.Facts.Kind;
import dev.qmp.codegen.Facts.Member;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** The Java types that stand for types of QAPI, and the code that reads them. */
final class Types {

    static final String RUNTIME = "dev.qmp.qapi";
    static final ClassName INTERNAL_API = ClassName.get("dev.qmp.message", "InternalApi");
    static final ClassName READER = ClassName.get(RUNTIME, "QapiReader");
    static final ClassName WRITER = ClassName.get(RUNTIME, "QapiWriter");
    static final ClassName JSON = ClassName.get("tools.jackson.databind", "JsonNode");
    static final ClassName NULLABLE = ClassName.get("org.jspecify.annotations", "Nullable");
    static final ClassName CREATOR = ClassName.get("com.fasterxml.jackson.annotation", "JsonCreator");
    static final TypeName UNKNOWN =
            ParameterizedTypeName.get(ClassName.get(Map.class), ClassName.get(String.class), JSON);

    /** The values of QAPI that JSON has itself: their Java types, and their readers. */
    private enum Scalar {
        STRING(ClassName.get(String.class), "string", "asString"),
        BOOLEAN(TypeName.BOOLEAN, "bool", "asBoolean"),
        INTEGER(TypeName.INT, "int32", "asInteger"),
        LONG(TypeName.LONG, "int64", "asLong"),
        UNSIGNED(ClassName.get(BigInteger.class), "integer", "asBigInteger"),
        NUMBER(TypeName.DOUBLE, "number", "asDouble"),
        ANY(JSON, null, "asAny");

        final TypeName type;
        final String member;
        final String value;

        Scalar(TypeName type, String member, String value) {
            this.type = type;
            this.member = member;
            this.value = value;
        }

        static Scalar of(String name) {
            return switch (name) {
                case "str" -> STRING;
                case "bool" -> BOOLEAN;
                case "int8", "int16", "int32", "uint8", "uint16" -> INTEGER;
                case "int", "int64", "uint32" -> LONG;
                case "uint64", "size" -> UNSIGNED;
                case "number" -> NUMBER;
                case "any", "null" -> ANY;
                default -> null;
            };
        }
    }

    private final Facts facts;
    private final String typePackage;

    Types(Facts facts, String typePackage) {
        this.facts = facts;
        this.typePackage = typePackage;
    }

    ClassName className(String type) {
        return ClassName.get(typePackage, Names.type(type));
    }

    static boolean isList(String type) {
        return type.startsWith("[");
    }

    static String element(String type) {
        return isList(type) ? type.substring(1, type.length() - 1) : type;
    }

    /** {@return the Java type of a value that is never null} */
    TypeName of(String type) {
        if (isList(type)) {
            return ParameterizedTypeName.get(
                    ClassName.get(List.class), of(element(type)).box());
        }
        Scalar scalar = Scalar.of(type);
        if (scalar != null) {
            return scalar.type;
        }
        if (!facts.types().containsKey(type)) {
            throw new IllegalArgumentException("there is no type " + type);
        }
        return className(type);
    }

    /** {@return the Java type of a component} */
    TypeName of(Member member) {
        TypeName type = of(member.type());
        return member.isNullable() ? nullable(type.box()) : type;
    }

    static TypeName nullable(TypeName type) {
        return type.annotated(AnnotationSpec.builder(NULLABLE).build());
    }

    /** {@return whether {@code long} is accepted for an argument, too} */
    boolean isUnsigned(Member member) {
        return Scalar.of(member.type()) == Scalar.UNSIGNED;
    }

    /** {@return code that reads a member from the reader {@code in}} */
    CodeBlock read(Member member) {
        boolean find = member.isNullable();
        if (isList(member.type())) {
            return CodeBlock.of("in.$L($S, $L)", find ? "findList" : "list", member.name(), reader(member.type()));
        }
        Scalar scalar = Scalar.of(member.type());
        if (scalar != null && scalar.member != null) {
            String method = find
                    ? "find" + Character.toUpperCase(scalar.member.charAt(0)) + scalar.member.substring(1)
                    : scalar.member;
            return CodeBlock.of("in.$L($S)", method, member.name());
        }
        String found = isNull(member.type()) ? "findWithNull" : "find";
        return CodeBlock.of("in.$L($S, $L)", find ? found : "get", member.name(), reader(member.type()));
    }

    /** {@return a function that reads a value, or the elements of a list} */
    CodeBlock reader(String type) {
        String element = element(type);
        Scalar scalar = Scalar.of(element);
        return scalar != null
                ? CodeBlock.of("$T::$L", READER, scalar.value)
                : CodeBlock.of("$T::decode", className(element));
    }

    /** {@return code that reads a whole value} */
    CodeBlock read(String type, String value) {
        if (isList(type)) {
            return CodeBlock.of("$T.asList($L, $L)", READER, value, reader(type));
        }
        Scalar scalar = Scalar.of(type);
        return scalar != null
                ? CodeBlock.of("$T.$L($L)", READER, scalar.value, value)
                : CodeBlock.of("$T.decode($L)", className(type), value);
    }

    /** {@return whether a JSON null is a value of the type} */
    private boolean isNull(String type) {
        if (Scalar.of(type) == Scalar.ANY) {
            return true;
        }
        Facts.Type known = facts.types().get(type);
        return known.kind() == Kind.ALTERNATE
                && known.members().stream().anyMatch(branch -> branch.type().equals("null"));
    }

    /** {@return a method of {@code JsonNode} that is true for values of a branch of an alternate} */
    String predicate(String type) {
        if (isList(type)) {
            return "isArray";
        }
        Scalar scalar = Scalar.of(type);
        if (type.equals("null")) {
            return "isNull";
        } else if (scalar == null) {
            return facts.types().get(type).kind() == Kind.ENUM ? "isString" : "isObject";
        }
        return switch (scalar) {
            case STRING -> "isString";
            case BOOLEAN -> "isBoolean";
            case INTEGER, LONG, UNSIGNED -> "isIntegralNumber";
            case NUMBER -> "isNumber";
            case ANY -> throw new IllegalArgumentException("any value fits " + type);
        };
    }
}
