package dev.qmp.autoconfigure;

import dev.qmp.message.InternalApi;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;

/** Finds beans of a context without those of its parent. A parent's fleet holds no clients of a child. */
@InternalApi
public final class LocalBeans {

    private LocalBeans() {}

    /**
     * {@return the bean of a type in this context; null if the context itself has none}
     *
     * @throws org.springframework.beans.factory.NoUniqueBeanDefinitionException if there are several, none of them
     *     primary
     */
    public static <T> @Nullable T find(ApplicationContext context, Class<T> type) {
        return context.getBeanNamesForType(type).length == 0 ? null : context.getBean(type);
    }
}
