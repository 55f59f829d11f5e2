package dev.qmp.sample.machine.embedded;

import dev.qmp.message.QmpCommand;
import dev.qmp.message.QmpJson;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.CommandRejection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
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
        commands.accept("query-jobs", command -> QmpJson.toTree(jobs.list(DiskCopy::info)));
        commands.accept("query-block-jobs", command -> QmpJson.toTree(jobs.list(DiskCopy::blockInfo)));
    }

    private JsonNode addNode(QmpCommand command) throws CommandRejection {
        String name = Feature.arguments(command).path("node-name").asString("");
        if (name.isEmpty()) {
            throw new CommandRejection("'node-name' must be specified for the root node");
        }
        if (!nodes.add(name)) {
            throw new CommandRejection("Duplicate nodes with node-name='" + name + "'");
        }
        return QmpJson.object();
    }

    private JsonNode deleteNode(QmpCommand command) throws CommandRejection {
        String name = Feature.arguments(command).path("node-name").asString();
        if (name.equals(DISK)) {
            throw new CommandRejection("Block device " + DISK + " is in use");
        }
        if (!nodes.remove(name)) {
            throw new CommandRejection("Failed to find node with node-name='" + name + "'");
        }
        return QmpJson.object();
    }

    private JsonNode backup(QmpCommand command) throws CommandRejection {
        JsonNode arguments = Feature.arguments(command);
        for (String parameter : List.of("device", "target")) {
            String node = arguments.path(parameter).asString();
            if (!nodes.contains(node)) {
                throw new CommandRejection("Cannot find device='' nor node-name='" + node + "'");
            }
        }
        jobs.start(
                arguments.path("job-id").asString(DISK), arguments.path("speed").asLong(0));
        return QmpJson.object();
    }

    private static JsonNode act(QmpCommand command, JobAction action) throws CommandRejection {
        action.accept(Feature.arguments(command).path("id").asString());
        return QmpJson.object();
    }

    /** An operation on a job. */
    @FunctionalInterface
    private interface JobAction {

        void accept(String id) throws CommandRejection;
    }
}
