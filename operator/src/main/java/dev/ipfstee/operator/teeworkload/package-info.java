/**
 * TeeWorkload: a workload and the images it names become a Deployment that is pinned to digests.
 *
 * <p>Read {@link dev.ipfstee.operator.teeworkload.TeeWorkloadReconciler} first; it is the table of
 * contents. Everything it calls is either one read of the world, a pure function, or one write.
 */
package dev.ipfstee.operator.teeworkload;
