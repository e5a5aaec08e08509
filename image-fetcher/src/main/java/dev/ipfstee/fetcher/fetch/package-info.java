/**
 * From a reference to an image in the store: recognise the layout, read the documents, choose the
 * platforms, check the policy, download what is missing, list the image.
 */
package dev.ipfstee.fetcher.fetch;
