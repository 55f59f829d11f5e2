package dev.qmp.schema;

import java.util.List;
import java.util.stream.Collectors;

/** A value of one of several types, which differ by their JSON types. */
public final class AlternateType implements SchemaType {

    private List<SchemaType> choices = List.of();

    AlternateType() {}

    /** Completes the type, once, while its schema is read. */
    void define(List<SchemaType> choices) {
        this.choices = choices;
    }

    /** {@return the types that a value may have} */
    public List<SchemaType> choices() {
        return choices;
    }

    @Override
    public String description() {
        return choices.stream()
                .map(choice -> choice instanceof AlternateType ? "another alternate" : choice.description())
                .collect(Collectors.joining(" or "));
    }
}
