package dev.qmp.sample.testing;

import dev.qmp.sample.SampleApplication;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;

/** The sample in this process, on a free port unless the arguments name one. */
public final class RunningSample implements AutoCloseable {

    private final ServletWebServerApplicationContext context;

    /** Starts the sample with the given arguments. */
    public RunningSample(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        if (all.stream().noneMatch(argument -> argument.startsWith("--server.port="))) {
            all.add("--server.port=0");
        }
        context = (ServletWebServerApplicationContext)
                SpringApplication.run(SampleApplication.class, all.toArray(String[]::new));
    }

    /** {@return the port it listens on} */
    public int port() {
        return context.getWebServer().getPort();
    }

    /** {@return the address of one of its pages} */
    public String page(String hash) {
        return "http://127.0.0.1:" + port() + "/#/" + hash;
    }

    /** {@return its HTTP interface} */
    public Api api() {
        return new Api(port());
    }

    /** {@return a bean of it} */
    public <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    @Override
    public void close() {
        context.close();
    }
}
