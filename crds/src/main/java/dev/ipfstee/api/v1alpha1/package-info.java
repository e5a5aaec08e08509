/**
 * The API ipfstee.dev/v1alpha1 as Java types.
 *
 * <p>Specs and statuses are immutable records. A field that the API server defaults is never null
 * here: the records fill in the same default, so that objects written by hand or stored before a
 * default existed read alike. A field that may be absent says so in its description; lists and maps
 * are never null.
 */
package dev.ipfstee.api.v1alpha1;
