package dev.qmp.autoconfigure.test;

import dev.qmp.server.QmpServer;
import java.util.Map;

/** The servers that stand in for the machines of one context, by the names of their connections. */
record QmpTestServers(Map<String, QmpServer> byConnection) {}
