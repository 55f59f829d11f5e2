package dev.qmp.spring.observation;

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/** The observations with their keys. */
public enum QmpObservationDocumentation implements ObservationDocumentation {

    /** A command, from its issue to its outcome. */
    QMP_COMMAND {

        @Override
        public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
            return DefaultQmpCommandObservationConvention.class;
        }

        @Override
        public KeyName[] getLowCardinalityKeyNames() {
            return LowCardinalityKeyNames.values();
        }
    },

    /** A task, from its start to its outcome. */
    QMP_TASK {

        @Override
        public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
            return DefaultQmpTaskObservationConvention.class;
        }

        @Override
        public KeyName[] getLowCardinalityKeyNames() {
            return TaskKeyNames.values();
        }
    };

    /** Keys of commands, with a bounded number of values. */
    public enum LowCardinalityKeyNames implements KeyName {

        /** The command's name; {@code UNKNOWN} until a machine has shown by a reply that it has this command. */
        COMMAND {
            @Override
            public String asString() {
                return "command";
            }
        },

        /** The connection's name. */
        CONNECTION {
            @Override
            public String asString() {
                return "connection";
            }
        },

        /** The class of the machine's error; {@code none} if it sent none. */
        ERROR_CLASS {
            @Override
            public String asString() {
                return "error.class";
            }
        },

        /**
         * The command's outcome: SUCCESS, REJECTED, NOT_SENT, TIMEOUT, CANCELLED or UNKNOWN; {@code none} while it
         * runs.
         */
        OUTCOME {
            @Override
            public String asString() {
                return "outcome";
            }
        }
    }

    /** Keys of tasks, with a bounded number of values. */
    public enum TaskKeyNames implements KeyName {

        /** The connection's name. */
        CONNECTION {
            @Override
            public String asString() {
                return "connection";
            }
        },

        /** The task's outcome: SUCCESS, REJECTED, FAILED, CANCELLED or UNKNOWN; {@code none} while it runs. */
        OUTCOME {
            @Override
            public String asString() {
                return "outcome";
            }
        },

        /** What kind of task it is, such as {@code blockdev-backup}. */
        TASK {
            @Override
            public String asString() {
                return "task";
            }
        }
    }
}
