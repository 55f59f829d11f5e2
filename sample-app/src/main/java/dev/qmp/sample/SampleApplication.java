package dev.qmp.sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The sample application. */
@SpringBootApplication
public class SampleApplication {

    /** Runs the application with the given arguments. */
    public static void main(String[] args) {
        SpringApplication.run(SampleApplication.class, args);
    }
}
