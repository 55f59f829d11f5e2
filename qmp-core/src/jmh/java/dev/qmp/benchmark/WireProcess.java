package dev.qmp.benchmark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The {@link Wire} as the program of a {@link Library}. It does one task: commands one after another. */
final class WireProcess {

    private WireProcess() {}

    /** Runs the turns that {@link LibraryProcess} asks for, on the socket named by the argument. */
    public static void main(String[] arguments) throws IOException {
        ByteBuffer line = Wire.command("query-status");
        BufferedReader turns = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Wire wire = new Wire(Path.of(arguments[0]))) {
            System.out.println("the wire");
            for (String turn = turns.readLine(); turn != null; turn = turns.readLine()) {
                wire.roundTrips(line, Integer.parseInt(turn.substring(turn.indexOf(' ') + 1)));
                System.out.println("done");
            }
        }
    }
}
