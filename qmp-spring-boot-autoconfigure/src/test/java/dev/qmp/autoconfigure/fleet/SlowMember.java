package dev.qmp.autoconfigure.fleet;

import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.topic.ITopic;
import com.hazelcast.topic.Message;
import com.hazelcast.topic.MessageListener;
import com.hazelcast.topic.ReliableMessageListener;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.springframework.util.ClassUtils;

/**
 * A Hazelcast member as one instance sees it. The test decides when the instance receives events of maps, and messages
 * of other instances. What is held is delivered later, in its order.
 */
final class SlowMember {

    private final HazelcastInstance member;
    private final Queue<Runnable> held = new ArrayDeque<>();
    private boolean holdsEvents;
    /** Of the messages to hold; null for none. */
    private String part;

    private int heldMessages;
    private volatile String failingMap = "";
    private volatile String failingReplacement = "";
    private final Queue<Boolean> publicationFailures = new ConcurrentLinkedQueue<>();
    private volatile CountDownLatch publicationGate = new CountDownLatch(0);
    private final List<Collection<?>> publications = new CopyOnWriteArrayList<>();

    SlowMember(HazelcastInstance member) {
        this.member = member;
    }

    HazelcastInstance instance() {
        return proxy(HazelcastInstance.class, (proxy, method, arguments) -> ofMember(method, arguments));
    }

    /** Holds the events of all maps: the instance goes on with what it knows. */
    synchronized void holdEvents() {
        holdsEvents = true;
    }

    /** Holds messages to the instance that contain a text. */
    synchronized void holdMessages(String text) {
        part = text;
    }

    synchronized int heldMessages() {
        return heldMessages;
    }

    /** Delivers what is held, and then everything at once. */
    synchronized void release() {
        holdsEvents = false;
        part = null;
        heldMessages = 0;
        while (!held.isEmpty()) {
            held.remove().run();
        }
    }

    /** Makes the next listener to a map fail, as when the cluster cannot be reached. */
    void failAt(String map) {
        failingMap = map;
    }

    /** Makes the next replacement of a value in a map fail. */
    void failReplacement(String map) {
        failingReplacement = map;
    }

    /**
     * Makes the next publication of a batch fail.
     *
     * @param stored whether it fails after Hazelcast has stored the batch
     */
    void failPublication(boolean stored) {
        publicationFailures.add(stored);
    }

    /** Lets publications of batches wait for a gate. */
    void holdPublications(CountDownLatch gate) {
        publicationGate = gate;
    }

    /** {@return the batches whose publication has begun} */
    List<Collection<?>> publications() {
        return publications;
    }

    private synchronized void deliverEvent(Runnable delivery) {
        if (holdsEvents) {
            held.add(delivery);
        } else {
            delivery.run();
        }
    }

    private synchronized void deliverMessage(String text, Runnable delivery) {
        if (part != null && text.contains(part)) {
            held.add(delivery);
            heldMessages++;
        } else {
            delivery.run();
        }
    }

    // ------------------------------------------------------------------ the parts of a member

    private Object ofMember(Method method, Object[] arguments) throws Throwable {
        Object result = call(member, method, arguments);
        if (result instanceof IMap<?, ?> map) {
            return proxy(IMap.class, (proxy, called, values) -> ofMap(map, called, values));
        }
        if (result instanceof ITopic<?> topic) {
            return proxy(ITopic.class, (proxy, called, values) -> ofTopic(topic, called, values));
        }
        return result;
    }

    private Object ofMap(IMap<?, ?> map, Method method, Object[] arguments) throws Throwable {
        if (method.getName().equals("replace") && map.getName().equals(failingReplacement)) {
            failingReplacement = "";
            throw new HazelcastException("the test lets " + map.getName() + " fail");
        }
        if (!method.getName().equals("addEntryListener")) {
            return call(map, method, arguments);
        }
        if (map.getName().equals(failingMap)) {
            failingMap = "";
            throw new IllegalStateException("the test lets " + map.getName() + " fail");
        }
        Object listener = arguments[0];
        Object slow = Proxy.newProxyInstance(
                SlowMember.class.getClassLoader(),
                ClassUtils.getAllInterfaces(listener),
                (proxy, called, values) -> ofListener(listener, called, values));
        return call(map, method, new Object[] {slow, arguments[1]});
    }

    private Object ofListener(Object listener, Method method, Object[] arguments) throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return call(listener, method, arguments);
        }
        deliverEvent(() -> {
            try {
                call(listener, method, arguments);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        });
        return null;
    }

    @SuppressWarnings("unchecked")
    private Object ofTopic(ITopic<?> topic, Method method, Object[] arguments) throws Throwable {
        if (method.getName().equals("publishAll")) {
            publications.add((Collection<?>) arguments[0]);
            publicationGate.await();
            Boolean stored = publicationFailures.poll();
            if (stored != null) {
                if (stored) {
                    call(topic, method, arguments);
                }
                throw new HazelcastException("the test lets it fail");
            }
        }
        if (!method.getName().equals("addMessageListener") || arguments[0] instanceof ReliableMessageListener) {
            return call(topic, method, arguments);
        }
        MessageListener<String> listener = (MessageListener<String>) arguments[0];
        MessageListener<String> slow = (Message<String> message) ->
                deliverMessage(message.getMessageObject(), () -> listener.onMessage(message));
        return call(topic, method, new Object[] {slow});
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(SlowMember.class.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
