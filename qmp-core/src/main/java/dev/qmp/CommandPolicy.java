package dev.qmp;

import dev.qmp.message.QmpCommand;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * Decides by name which commands a client sends. Immutable and safe for all threads.
 *
 * <pre>{@code
 * CommandPolicy watch = CommandPolicy.readOnly();
 * CommandPolicy operate = CommandPolicy.of(List.of("read-only", "stop", "cont"), List.of());
 * CommandPolicy careful = CommandPolicy.of(List.of(), List.of("quit", "system_*", "migrate*"));
 * }</pre>
 *
 * <p>An entry is the name of a command, a pattern in which {@code *} stands for any characters, or the preset {@value
 * #READ_ONLY}. The first rule that applies decides:
 *
 * <ol>
 * <li>A command that an entry of {@code deny} matches is refused, also as the action of a {@code transaction}. The
 *     entries of {@code allow} are not compared with actions: to permit {@code transaction} permits all of them.
 * <li>{@code human-monitor-command} and {@code guest-exec} are refused unless an entry of {@code allow} is that name
 *     itself. Each of them can have the effect of any other command. Without such an entry, only a policy that has no
 *     entries at all permits them.
 * <li>If {@code allow} has entries, a command that none of them matches is refused.
 * <li>Every other command is permitted.
 * </ol>
 *
 * <p>The preset {@value #READ_ONLY} permits the commands that change neither the machine nor a file, and leave nothing
 * behind: {@code query-*}, {@code x-query-*}, {@code qom-get}, {@code qom-list}, {@code qom-list-*}, {@code
 * device-list-properties}, {@code trace-event-get-state}, {@code xen-event-list}, {@code x-accel-stats}, {@code
 * x-debug-query-block-graph}, {@code x-debug-block-dirty-bitmap-sha256}; of a guest agent {@code guest-get-*}, {@code
 * guest-network-get-*}, {@code guest-fsfreeze-status}, {@code guest-ssh-get-authorized-keys}, {@code guest-info},
 * {@code guest-ping}, {@code guest-sync}, {@code guest-sync-delimited}. Two queries do not belong to it: {@code
 * query-rx-filter} arms an event again, and {@code x-query-profile} sets counters to zero. The preset protects the
 * machine's state, not its secrets: {@code qom-get} can read any property.
 *
 * <p>The client's own commands are not subject to a policy: {@code qmp_capabilities}, the queries for the machine's
 * identity and schema at the start of a session, the liveness probe, and the synchronization with a guest agent.
 */
public final class CommandPolicy {

    /** The entry of {@code allow} that permits only the commands that change nothing. */
    public static final String READ_ONLY = "read-only";

    private static final Pattern ENTRY = Pattern.compile("[A-Za-z0-9_.*-]+");
    /** Begins names of a distributor's own commands, which have dots, as in {@code __com.redhat_drive-mirror}. */
    private static final String DOWNSTREAM = "__";

    private static final Set<String> UNBOUNDED = Set.of("human-monitor-command", "guest-exec");

    private static final CommandPolicy UNRESTRICTED = new CommandPolicy(List.of(), List.of());

    private final List<String> allow;
    private final List<String> deny;
    private final Matcher allowed;
    private final Matcher denied;

    private CommandPolicy(List<String> allow, List<String> deny) {
        this.allow = allow;
        this.deny = deny;
        this.allowed = new Matcher(allow);
        this.denied = new Matcher(deny);
    }

    /** {@return the policy that permits every command; a client's default} */
    public static CommandPolicy unrestricted() {
        return UNRESTRICTED;
    }

    /** {@return the policy that permits only the commands that change nothing} */
    public static CommandPolicy readOnly() {
        return of(List.of(READ_ONLY), List.of());
    }

    /**
     * {@return a policy of these entries}
     *
     * @param allow which commands are permitted; empty for all that are not denied
     * @param deny which commands are refused although {@code allow} matches them; may be empty
     * @throws IllegalArgumentException if an entry is neither a name nor a pattern, contains {@code .*} as a regular
     *     expression does, or the preset is in {@code deny}
     */
    public static CommandPolicy of(Collection<String> allow, Collection<String> deny) {
        Objects.requireNonNull(allow, "allow");
        Objects.requireNonNull(deny, "deny");
        allow.forEach(CommandPolicy::check);
        deny.forEach(CommandPolicy::check);
        if (deny.contains(READ_ONLY)) {
            throw new IllegalArgumentException(
                    "'" + READ_ONLY + "' is a preset of allow; deny takes names and patterns of commands");
        }
        return new CommandPolicy(List.copyOf(new LinkedHashSet<>(allow)), List.copyOf(new LinkedHashSet<>(deny)));
    }

    private static void check(String entry) {
        if (!ENTRY.matcher(entry).matches()) {
            throw new IllegalArgumentException("'" + entry + "' is no name of a command, no pattern such as 'query-*',"
                    + " and not '" + READ_ONLY + "'");
        }
        if (entry.contains(".*") && !entry.startsWith(DOWNSTREAM)) {
            throw new IllegalArgumentException(
                    "'" + entry + "' is a regular expression; in a pattern, * alone stands for"
                            + " any characters: write '" + entry.replace(".*", "*") + "'");
        }
    }

    /**
     * {@return the entries that permit commands; empty if every command is permitted that {@code deny} does not match}
     */
    public List<String> allow() {
        return allow;
    }

    /** {@return the entries that refuse commands} */
    public List<String> deny() {
        return deny;
    }

    /** {@return whether every command is permitted} */
    public boolean isUnrestricted() {
        return allow.isEmpty() && deny.isEmpty();
    }

    /** {@return whether the command may be sent} */
    public boolean permits(QmpCommand command) {
        Objects.requireNonNull(command, "command");
        return isUnrestricted() || (permitsName(command.name()) && permitsActions(command));
    }

    private boolean permitsName(String name) {
        if (denied.matches(name)) {
            return false;
        }
        if (UNBOUNDED.contains(name)) {
            return allow.contains(name);
        }
        return allow.isEmpty() || allowed.matches(name);
    }

    /** Checks the actions of a transaction, whose names are those of the equivalent commands. */
    private boolean permitsActions(QmpCommand command) {
        JsonNode arguments = command.arguments();
        if (deny.isEmpty() || arguments == null || !command.name().equals("transaction")) {
            return true;
        }
        for (JsonNode action : arguments.path("actions")) {
            if (denied.matches(action.path("type").asString(""))) {
                return false;
            }
        }
        return true;
    }

    /** Compares the entries. */
    @Override
    public boolean equals(Object other) {
        return other instanceof CommandPolicy that && allow.equals(that.allow) && deny.equals(that.deny);
    }

    @Override
    public int hashCode() {
        return 31 * allow.hashCode() + deny.hashCode();
    }

    /** {@return the entries as text, such as {@code allow: read-only, stop; deny: none}} */
    @Override
    public String toString() {
        return isUnrestricted() ? "unrestricted" : "allow: " + text(allow, "*") + "; deny: " + text(deny, "none");
    }

    private static String text(List<String> entries, String none) {
        return entries.isEmpty() ? none : String.join(", ", entries);
    }

    /** The preset {@link #READ_ONLY}. A class of its own, because most clients need none of its patterns. */
    private static final class ReadOnly {

        private static final Matcher NAMES = new Matcher(List.of(
                "query-*",
                "x-query-*",
                "qom-get",
                "qom-list",
                "qom-list-*",
                "device-list-properties",
                "trace-event-get-state",
                "xen-event-list",
                "x-accel-stats",
                "x-debug-query-block-graph",
                "x-debug-block-dirty-bitmap-sha256",
                "guest-get-*",
                "guest-network-get-*",
                "guest-fsfreeze-status",
                "guest-ssh-get-authorized-keys",
                "guest-info",
                "guest-ping",
                "guest-sync",
                "guest-sync-delimited"));

        /** The queries that change something. */
        private static final Set<String> NO_MERE_QUERIES = Set.of("query-rx-filter", "x-query-profile");

        static boolean permits(String name) {
            return NAMES.matches(name) && !NO_MERE_QUERIES.contains(name);
        }
    }

    /** Entries, prepared for the comparison with names. */
    private static final class Matcher {

        private final Set<String> names;
        private final List<Pattern> patterns = new ArrayList<>();
        private final boolean preset;

        Matcher(List<String> entries) {
            this.names =
                    entries.stream().filter(entry -> entry.indexOf('*') < 0).collect(Collectors.toUnmodifiableSet());
            this.preset = names.contains(READ_ONLY);
            for (String entry : entries) {
                if (entry.indexOf('*') >= 0) {
                    patterns.add(Pattern.compile("\\Q" + entry.replace("*", "\\E.*\\Q") + "\\E", Pattern.DOTALL));
                }
            }
        }

        boolean matches(String name) {
            if (names.contains(name) || (preset && ReadOnly.permits(name))) {
                return true;
            }
            for (Pattern pattern : patterns) {
                if (pattern.matcher(name).matches()) {
                    return true;
                }
            }
            return false;
        }
    }
}
