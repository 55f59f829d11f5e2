package dev.qmp.sample.machine.embedded;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.CommandRejection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** Commands for copies of disks, and for the targets. */
final class CopyCommands implements Feature {

    private static final String DISK = "disk0";

    private final DiskCopies jobs;
    private final Set<String> nodes = ConcurrentHashMap.newKeySet();

    CopyCommands(DiskCopies jobs) {
        this.jobs = jobs;
        nodes.add(DISK);
    }

    @Override
    public void install(BiConsumer<String, CommandHandler> commands) {
        commands.accept("blockdev-add", this::addNode);
        commands.accept("blockdev-del", this::deleteNode);
        commands.accept("blockdev-backup", this::backup);
        commands.accept("job-pause", command -> act(command, jobs::pause));
        commands.accept("job-resume", command -> act(command, jobs::resume));
        commands.accept("job-cancel", command -> act(command, jobs::cancel));
        commands.accept("query-jobs", command -> list(command, DiskCopy::info));
        commands.accept("query-block-jobs", command -> list(command, DiskCopy::blockInfo));
    }

    private JsonNode addNode(QmpCommand command) throws CommandRejection {
        Arguments arguments = Arguments.of(command, "driver", "node-name", "size", "latency-ns", "read-zeroes");
        if (!arguments.text("driver").equals("null-co")) {
            throw new CommandRejection("Parameter 'driver' does not accept value '" + arguments.text("driver") + "'");
        }
        if (!nodes.add(arguments.text("node-name"))) {
            throw new CommandRejection("Duplicate nodes with node-name='" + arguments.text("node-name") + "'");
        }
        return QmpJson.object();
    }

    private JsonNode deleteNode(QmpCommand command) throws CommandRejection {
        String name = Arguments.of(command, "node-name").text("node-name");
        if (name.equals(DISK)) {
            throw new CommandRejection("Block device " + DISK + " is in use");
        }
        if (!nodes.remove(name)) {
            throw new CommandRejection("Failed to find node with node-name='" + name + "'");
        }
        return QmpJson.object();
    }

    private JsonNode backup(QmpCommand command) throws CommandRejection {
        Arguments arguments = Arguments.of(command, "job-id", "device", "target", "sync", "speed");
        arguments.text("sync");
        for (String node : new String[] {arguments.text("device"), arguments.text("target")}) {
            if (!nodes.contains(node)) {
                throw new CommandRejection("Cannot find device='' nor node-name='" + node + "'");
            }
        }
        String id = arguments.optionalText("job-id");
        jobs.start(id == null ? DISK : id, arguments.number("speed", 0));
        return QmpJson.object();
    }

    private static JsonNode act(QmpCommand command, JobAction action) throws CommandRejection {
        action.accept(Arguments.of(command, "id").text("id"));
        return QmpJson.object();
    }

    private JsonNode list(QmpCommand command, Function<DiskCopy, ?> form) throws CommandRejection {
        Arguments.of(command);
        return QmpJson.toTree(jobs.list(form));
    }

    /** An operation on a job. */
    @FunctionalInterface
    private interface JobAction {

        void accept(String id) throws CommandRejection;
    }
}
