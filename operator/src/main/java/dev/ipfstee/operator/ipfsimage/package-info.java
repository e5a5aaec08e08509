/** From an IpfsImage to verified copies on the nodes. */
package dev.ipfstee.operator.ipfsimage;
