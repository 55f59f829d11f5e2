package dev.qmp.autoconfigure;

import dev.qmp.spring.QmpConnectionProperties;
import java.beans.PropertyDescriptor;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeanUtils;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;

/**
 * A key that exists under {@code qmp}, with the keys below it. Keys are read from the types that they are bound to, at
 * the first access: an application has keys in few groups, and each group costs time at the start. Children are found
 * by uniform name: lower case, letters and digits only.
 *
 * <p>Not thread-safe.
 */
final class KnownKey {

    private static final String OWN_TYPES = "dev.qmp.";

    /** The type of {@code qmp.health}, by name, because its package depends on this one. */
    private static final String HEALTH = "dev.qmp.autoconfigure.health.QmpHealthProperties";

    private static final String FLEET = "dev.qmp.autoconfigure.fleet.QmpFleetProperties";

    private final String name;
    private final boolean list;
    /** The keys below each name of a map; null if this key is no map. */
    private final @Nullable KnownKey entry;

    /** The name of the type with the keys below this one; null if there are none. */
    private final @Nullable String type;
    /** Null until they are read from the type. */
    private @Nullable Map<String, KnownKey> children;

    private KnownKey(String name, boolean list, @Nullable KnownKey entry, @Nullable String type) {
        this.name = name;
        this.list = list;
        this.entry = entry;
        this.type = type;
    }

    /** {@return the key {@code qmp} with all keys below it} */
    static KnownKey root() {
        KnownKey root = ofType("qmp", QmpProperties.class);
        root.add(new KnownKey("health", false, null, HEALTH));
        root.add(new KnownKey("fleet", false, null, FLEET));
        return root;
    }

    /** {@return the type that {@code qmp.health} is bound to} */
    static Class<?> healthType() {
        return typeOf(HEALTH);
    }

    /** {@return the type that {@code qmp.fleet} is bound to} */
    static Class<?> fleetType() {
        return typeOf(FLEET);
    }

    private static Class<?> typeOf(String name) {
        return ClassUtils.resolveClassName(name, KnownKey.class.getClassLoader());
    }

    /** {@return the keys below the name of a connection} */
    static KnownKey ofConnection() {
        return ofType("<name>", QmpConnectionProperties.class);
    }

    private static KnownKey ofType(String name, Class<?> type) {
        return new KnownKey(name, false, null, type.getName());
    }

    private Map<String, KnownKey> below() {
        Map<String, KnownKey> present = children;
        if (present == null) {
            present = new TreeMap<>();
            children = present;
            if (type != null) {
                addPropertiesOf(typeOf(type));
            }
        }
        return present;
    }

    private void addPropertiesOf(Class<?> group) {
        for (PropertyDescriptor property : BeanUtils.getPropertyDescriptors(group)) {
            if (!property.getName().equals("class")) {
                add(ofProperty(DataObjectPropertyName.toDashedForm(property.getName()), property.getReadMethod()));
            }
        }
    }

    private void add(KnownKey child) {
        below().put(uniform(child.name), child);
    }

    private static KnownKey ofProperty(String name, Method getter) {
        Class<?> type = getter.getReturnType();
        if (Map.class.isAssignableFrom(type)) {
            Class<?> value =
                    ResolvableType.forMethodReturnType(getter).getGeneric(1).toClass();
            return new KnownKey(name, false, ofType("<name>", value), null);
        }
        if (type.getName().startsWith(OWN_TYPES) && !BeanUtils.isSimpleValueType(type)) {
            return ofType(name, type);
        }
        return new KnownKey(name, Collection.class.isAssignableFrom(type), null, null);
    }

    /** {@return the uniform form of a name} */
    static String uniform(String name) {
        StringBuilder uniform = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char character = name.charAt(i);
            if (Character.isLetterOrDigit(character)) {
                uniform.append(Character.toLowerCase(character));
            }
        }
        return uniform.toString();
    }

    /** {@return the name, in the dashed form} */
    String name() {
        return name;
    }

    /** {@return the key below this one, null if there is none} */
    @Nullable
    KnownKey child(String uniformName) {
        if (list && uniformName.chars().allMatch(Character::isDigit)) {
            return this;
        }
        return entry != null ? entry : below().get(uniformName);
    }

    /** {@return whether the keys below this one are names chosen by the configuration} */
    boolean isMap() {
        return entry != null;
    }

    /** {@return the keys below each name, null if this key is no map} */
    @Nullable
    KnownKey entry() {
        return entry;
    }

    /** {@return whether the key has a value} Other keys are groups. */
    boolean isValue() {
        return entry == null && type == null;
    }

    /** {@return the known keys below this one, in alphabetical order, without names of the configuration} */
    Collection<KnownKey> children() {
        return below().values();
    }

    /** {@return all values below this key by their dashed paths, those of a map under its {@code <name>}} */
    Map<String, KnownKey> values() {
        Map<String, KnownKey> values = new LinkedHashMap<>();
        addValues("", values);
        return values;
    }

    private void addValues(String path, Map<String, KnownKey> values) {
        if (isValue()) {
            values.put(path, this);
        }
        String prefix = path.isEmpty() ? "" : path + ".";
        if (entry != null) {
            entry.addValues(prefix + entry.name, values);
        }
        below().values().forEach(child -> child.addValues(prefix + child.name, values));
    }

    /**
     * {@return the dashed path of the value below this key that has this path without dots and dashes, as in the name
     * of a variable; null if there is none}
     */
    @Nullable
    String valueAt(String uniformPath) {
        for (Map.Entry<String, KnownKey> value : values().entrySet()) {
            String own = uniform(value.getKey());
            if (value.getValue().isAt(own, uniformPath)) {
                String index = uniformPath.substring(own.length());
                return value.getKey() + (index.isEmpty() ? "" : "[" + index + "]");
            }
        }
        return null;
    }

    private boolean isAt(String own, String uniformPath) {
        if (!list || !uniformPath.startsWith(own)) {
            return uniformPath.equals(own);
        }
        return uniformPath.substring(own.length()).chars().allMatch(Character::isDigit);
    }
}
