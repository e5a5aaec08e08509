/** What gateways demand of those who fetch from them: tokens and authorities, kept in Secrets. */
package dev.ipfstee.operator.credential;
