package dev.qmp.schema;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An object: its members, and for a union the further members for each value of its tag. */
public final class ObjectType implements SchemaType {

    private Map<String, SchemaMember> members = Map.of();
    private @Nullable String tag;
    private Map<String, ObjectType> variants = Map.of();

    ObjectType() {}

    /** Completes the type, once, while its schema is read. */
    void define(Map<String, SchemaMember> members, @Nullable String tag, Map<String, ObjectType> variants) {
        this.members = members;
        this.tag = tag;
        this.variants = variants;
    }

    /** {@return the members that every object of this type can have, by name} */
    public Map<String, SchemaMember> members() {
        return members;
    }

    /** {@return the member whose value selects the variant; empty if the type is no union} */
    public Optional<String> tag() {
        return Optional.ofNullable(tag);
    }

    /** {@return the further members by value of the tag; a missing value has none} */
    public Map<String, ObjectType> variants() {
        return variants;
    }

    @Override
    public String description() {
        return "object";
    }
}
