package dev.qmp.autoconfigure.readme;

import org.springframework.boot.autoconfigure.SpringBootApplication;

/** What a newcomer has before the READMEs' code is added. */
@SpringBootApplication
class Application {}
