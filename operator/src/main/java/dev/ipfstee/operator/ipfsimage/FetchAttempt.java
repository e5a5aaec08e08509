package dev.ipfstee.operator.ipfsimage;

/**
 * One fetch Job, as observed.
 *
 * @param job its name
 * @param inputs the hash of what it was made from
 * @param request the hash of the request for another try that it answers; empty without
 * @param number the attempt, from 1
 */
record FetchAttempt(
    String job,
    String node,
    String inputs,
    String request,
    int number,
    FetchObservation observation) {}
