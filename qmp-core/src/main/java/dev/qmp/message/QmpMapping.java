package dev.qmp.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.lang.reflect.Constructor;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.temporal.Temporal;
import java.time.temporal.TemporalAmount;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Calendar;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.BaseStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.PropertyName;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationConfig;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.AnnotatedField;
import tools.jackson.databind.introspect.AnnotatedParameter;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.ValueSerializerModifier;
import tools.jackson.databind.ser.bean.BeanSerializerBase;
import tools.jackson.databind.ser.impl.UnknownSerializer;
import tools.jackson.databind.type.LogicalType;

/**
 * The rules of {@code docs/reference/values.md}: the Java types that have a meaning in QMP, and a refusal of all
 * others.
 */
final class QmpMapping {

    /**
     * Created for the first value of the application's own type, because it takes milliseconds. Trees do not need it.
     */
    static final JsonMapper MAPPER = JsonMapper.builder()
            .annotationIntrospector(new Names())
            .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .enumNamingStrategy((config, type, name) -> kebab(name))
            .changeDefaultPropertyInclusion(value -> value.withValueInclusion(JsonInclude.Include.NON_ABSENT))
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
            .disable(EnumFeature.READ_ENUMS_USING_TO_STRING, EnumFeature.WRITE_ENUMS_USING_TO_STRING)
            .enable(EnumFeature.READ_UNKNOWN_ENUM_VALUES_USING_DEFAULT_VALUE)
            .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .withCoercionConfig(
                    LogicalType.Boolean,
                    numbers -> numbers.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail))
            .addModule(new SimpleModule("qmp")
                    .addSerializer(byte[].class, new Base64Bytes())
                    .addSerializer(ByteBuffer.class, new Base64Buffer())
                    .addSerializer(Path.class, new Text<>())
                    .addSerializer(File.class, new Text<>())
                    .addDeserializer(Path.class, new ReadingRules.PathReader())
                    .setSerializerModifier(new RefusalToWrite())
                    .setDeserializerModifier(new ReadingRules()))
            .build();

    private static final String TIME =
            "QMP has no type for time; use a number in the unit that the command's documentation states";

    private static final String KOTLIN_VALUE =
            "it is a value class of Kotlin; use what it holds, and for an unsigned number a long or BigInteger";

    private QmpMapping() {}

    /** {@return {@code no-space} for {@code NO_SPACE} and {@code noSpace}} */
    private static String kebab(String name) {
        return name.replaceAll("([a-z0-9])([A-Z])", "$1-$2")
                .toLowerCase(Locale.ROOT)
                .replace('_', '-');
    }

    /** A value that is refused. The message is the library's own and quotes no value. */
    static final class RefusedValueException extends DatabindException {

        private static final long serialVersionUID = 1L;

        RefusedValueException(String message) {
            super(message);
        }
    }

    /** {@return why a type is refused; null if it is permitted} */
    static @Nullable String refusal(Class<?> type) {
        if (Temporal.class.isAssignableFrom(type)
                || TemporalAmount.class.isAssignableFrom(type)
                || Date.class.isAssignableFrom(type)
                || Calendar.class.isAssignableFrom(type)
                || type.getName().startsWith("kotlin.time.")) {
            return TIME;
        }
        if (type == ByteArrayOutputStream.class) {
            return "a stream is no value; use toByteArray()";
        }
        if (BaseStream.class.isAssignableFrom(type)) {
            return "a stream can be read only once; use a list";
        }
        for (Class<?> parent = type; parent != null; parent = parent.getSuperclass()) {
            if (parent.getName().equals("com.fasterxml.jackson.databind.JsonNode")) {
                return "it is a tree of Jackson 2; use tools.jackson.databind.JsonNode";
            }
        }
        return null;
    }

    // ------------------------------------------------------------------ out

    private static final class Base64Bytes extends ValueSerializer<byte[]> {

        @Override
        public void serialize(byte[] value, JsonGenerator out, SerializationContext context) {
            out.writeString(Base64.getEncoder().encodeToString(value));
        }
    }

    private static final class Base64Buffer extends ValueSerializer<ByteBuffer> {

        @Override
        public void serialize(ByteBuffer value, JsonGenerator out, SerializationContext context) {
            byte[] bytes = new byte[value.remaining()];
            value.duplicate().get(bytes);
            out.writeString(Base64.getEncoder().encodeToString(bytes));
        }
    }

    private static final class Text<T> extends ValueSerializer<T> {

        @Override
        public void serialize(T value, JsonGenerator out, SerializationContext context) {
            out.writeString(value.toString());
        }
    }

    private static final class Refusing extends ValueSerializer<Object> {

        private final String reason;

        Refusing(String reason) {
            this.reason = reason;
        }

        @Override
        public void serialize(@Nullable Object value, JsonGenerator out, SerializationContext context) {
            String type = value == null ? "null" : "a " + value.getClass().getName();
            throw new RefusedValueException("is " + type + ": " + reason);
        }
    }

    /**
     * Refuses objects that are not values, such as most of the platform. Otherwise they would be written like values of
     * the application.
     */
    private static final class RefusalToWrite extends ValueSerializerModifier {

        private static final long serialVersionUID = 1L;

        @Override
        public ValueSerializer<?> modifySerializer(
                SerializationConfig config, BeanDescription.Supplier description, ValueSerializer<?> serializer) {
            Class<?> type = description.getBeanClass();
            String reason = refusal(type);
            if (reason != null) {
                return new Refusing(reason);
            }
            boolean asBean = serializer instanceof BeanSerializerBase || serializer instanceof UnknownSerializer;
            if (!asBean || type == Object.class) {
                return serializer;
            }
            if (CharSequence.class.isAssignableFrom(type)) {
                return new Text<>();
            }
            String objection = objectionTo(type);
            if (objection != null) {
                return new Refusing(objection);
            }
            boolean hasProperties =
                    serializer.properties().hasNext() || description.get().findAnyGetter() != null;
            return hasProperties || mayBeEmpty(description) ? serializer : new Refusing("it has no properties");
        }

        /**
         * {@return whether an object without properties has a meaning} A name of its type becomes a property. An
         * annotation of Jackson shows that the class is made to be written.
         */
        private static boolean mayBeEmpty(BeanDescription.Supplier description) {
            Class<?> type = description.getBeanClass();
            return type.isRecord()
                    || description.getClassInfo().hasAnnotation(JsonTypeInfo.class)
                    || Arrays.stream(type.getAnnotations())
                            .map(annotation -> annotation.annotationType().getName())
                            .anyMatch(name ->
                                    name.startsWith("com.fasterxml.jackson.") || name.startsWith("tools.jackson."));
        }

        /** {@return why a type is not written by its properties; null if it is} */
        private static @Nullable String objectionTo(Class<?> type) {
            if (type.getName().startsWith("java.") || type.getName().startsWith("javax.")) {
                return "QMP has no such type; use text, a number, a list, a map or a record";
            }
            if (type.isSynthetic()) {
                return "a lambda is no value; use its result";
            }
            boolean isKotlinValue = Arrays.stream(type.getDeclaredMethods())
                    .anyMatch(method -> method.getName().equals("unbox-impl"));
            return isKotlinValue ? KOTLIN_VALUE : null;
        }

        @Override
        public ValueSerializer<?> modifyKeySerializer(
                SerializationConfig config,
                JavaType type,
                BeanDescription.Supplier description,
                ValueSerializer<?> serializer) {
            Class<?> key = type.getRawClass();
            boolean isName = key == Object.class
                    || CharSequence.class.isAssignableFrom(key)
                    || Number.class.isAssignableFrom(key)
                    || key == Boolean.class
                    || key == Character.class
                    || key == UUID.class
                    || Enum.class.isAssignableFrom(key);
            return isName ? serializer : new Refusing("a key must be text, a number, an enum or a UUID");
        }
    }

    // ------------------------------------------------------------------ names

    /**
     * Finds a property and an enum constant under either spelling, because QAPI has both. Explicit names have priority.
     */
    private static final class Names extends JacksonAnnotationIntrospector {

        private static final long serialVersionUID = 1L;

        @Override
        public List<PropertyName> findPropertyAliases(MapperConfig<?> config, Annotated annotated) {
            List<PropertyName> explicit = super.findPropertyAliases(config, annotated);
            List<PropertyName> aliases = new ArrayList<>(explicit == null ? List.of() : explicit);
            JsonProperty property = annotated.getAnnotation(JsonProperty.class);
            String name = nameOf(annotated);
            if (name != null && (property == null || property.value().isEmpty())) {
                aliases.add(PropertyName.construct(kebab(name).replace('-', '_')));
            }
            return aliases;
        }

        private static @Nullable String nameOf(Annotated annotated) {
            if (annotated instanceof AnnotatedField field) {
                return field.getName();
            }
            if (annotated instanceof AnnotatedParameter parameter) {
                return nameOf(parameter);
            }
            String name = annotated.getName();
            return name.startsWith("set") && name.length() > 3
                    ? name.substring(3, 4).toLowerCase(Locale.ROOT) + name.substring(4)
                    : null;
        }

        private static @Nullable String nameOf(AnnotatedParameter parameter) {
            int index = parameter.getIndex();
            RecordComponent[] components = parameter.getDeclaringClass().getRecordComponents();
            if (!(parameter.getOwner().getAnnotated() instanceof Constructor<?> constructor)) {
                return null;
            }
            if (components != null && components.length == constructor.getParameterCount()) {
                return components[index].getName();
            }
            Parameter declared = constructor.getParameters()[index];
            return declared.isNamePresent() ? declared.getName() : null;
        }

        @Override
        public void findEnumAliases(
                MapperConfig<?> config, AnnotatedClass type, Enum<?>[] constants, String[][] aliases) {
            super.findEnumAliases(config, type, constants, aliases);
            for (int i = 0; i < constants.length; i++) {
                String name = constants[i].name();
                List<String> all = new ArrayList<>(aliases[i] == null ? List.of() : List.of(aliases[i]));
                all.add(name);
                all.add(kebab(name).replace('-', '_'));
                aliases[i] = all.toArray(String[]::new);
            }
        }
    }
}
