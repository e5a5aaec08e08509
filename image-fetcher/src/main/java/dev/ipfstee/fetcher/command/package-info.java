/** The command line: options to values, values to a run, its end to an exit code and a report. */
package dev.ipfstee.fetcher.command;
