package dev.qmp.internal.transport;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Looks names up, and blocks while it does. */
@FunctionalInterface
interface NameService {

    /** The platform's. */
    NameService PLATFORM = InetAddress::getAllByName;

    /** {@return all addresses of a host, at least one, in the order in which they are to be tried} */
    InetAddress[] lookUp(String host) throws UnknownHostException;
}
