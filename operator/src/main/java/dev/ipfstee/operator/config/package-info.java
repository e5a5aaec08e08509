/**
 * The administrator's configuration: one YAML file, read once at start, strictly. What is not
 * understood ends the start, since a mistyped key would otherwise be a silently missing policy.
 */
package dev.ipfstee.operator.config;
