/** How images are named: what both kinds must read in the same way. */
package dev.ipfstee.operator.reference;
