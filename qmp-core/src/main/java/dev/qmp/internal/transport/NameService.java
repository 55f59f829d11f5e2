package dev.qmp.internal.transport;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Looks names up. The call blocks. */
@FunctionalInterface
interface NameService {

    /** The platform's name service. */
    NameService PLATFORM = InetAddress::getAllByName;

    /** {@return all addresses of a host, at least one, in the order of the attempts} */
    InetAddress[] lookUp(String host) throws UnknownHostException;
}
