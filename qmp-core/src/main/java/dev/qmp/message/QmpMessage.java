package dev.qmp.message;

/** One JSON object of a monitor, in either direction (QMP specification, sections 2.2 to 2.5). */
public sealed interface QmpMessage permits QmpGreeting, QmpCommand, QmpReply, QmpEvent {}
