package dev.qmp.message;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.IntStream;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.ValueDeserializerModifier;
import tools.jackson.databind.deser.std.DelegatingDeserializer;
import tools.jackson.databind.type.ArrayType;

/**
 * The part of {@link QmpMapping} for reading: refuses types without a meaning in QMP, and numbers that are not finite.
 */
final class ReadingRules extends ValueDeserializerModifier {

    private static final long serialVersionUID = 1L;

    /** The types that can hold NaN, but {@code OptionalDouble}, whose reader Jackson does not let anybody replace. */
    private static final Set<Class<?>> FLOATING =
            Set.of(double.class, Double.class, float.class, Float.class, Number.class, double[].class, float[].class);

    @Override
    public ValueDeserializer<?> modifyDeserializer(
            DeserializationConfig config, BeanDescription.Supplier description, ValueDeserializer<?> deserializer) {
        Class<?> type = description.getBeanClass();
        String reason = QmpMapping.refusal(type);
        if (reason != null) {
            return new RefusingReader(reason);
        }
        return finite(description.getType(), deserializer);
    }

    @Override
    public ValueDeserializer<?> modifyArrayDeserializer(
            DeserializationConfig config,
            ArrayType type,
            BeanDescription.Supplier description,
            ValueDeserializer<?> deserializer) {
        return finite(type, deserializer);
    }

    private static ValueDeserializer<?> finite(JavaType type, ValueDeserializer<?> reader) {
        return FLOATING.contains(type.getRawClass()) ? new FiniteReader(reader) : reader;
    }

    static final class PathReader extends ValueDeserializer<Path> {

        @Override
        public Path deserialize(JsonParser in, DeserializationContext context) {
            try {
                return Path.of(in.getString());
            } catch (InvalidPathException e) { // its text quotes the value
                throw new QmpMapping.RefusedValueException("the text is not a path");
            }
        }
    }

    private static final class RefusingReader extends ValueDeserializer<Object> {

        private final String reason;

        RefusingReader(String reason) {
            this.reason = reason;
        }

        @Override
        public Object deserialize(JsonParser in, DeserializationContext context) {
            throw new QmpMapping.RefusedValueException(reason);
        }
    }

    /** Refuses NaN and infinities, which Jackson reads from texts such as {@code "NaN"} and {@code "1e400"}. */
    private static final class FiniteReader extends DelegatingDeserializer {

        FiniteReader(ValueDeserializer<?> reader) {
            super(reader);
        }

        @Override
        protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> reader) {
            return new FiniteReader(reader);
        }

        @Override
        public Object deserialize(JsonParser in, DeserializationContext context) {
            Object value = super.deserialize(in, context);
            if (!isFinite(value)) {
                throw new QmpMapping.RefusedValueException("it is not a finite number");
            }
            return value;
        }

        private static boolean isFinite(Object value) {
            if (value instanceof double[] numbers) {
                return Arrays.stream(numbers).allMatch(Double::isFinite);
            }
            if (value instanceof float[] numbers) {
                return IntStream.range(0, numbers.length).allMatch(i -> Float.isFinite(numbers[i]));
            }
            boolean isFloating = value instanceof Double || value instanceof Float;
            return !isFloating || Double.isFinite(((Number) value).doubleValue());
        }
    }
}
