package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.operator.reference.ImageName;
import java.util.Optional;

/**
 * One container and what it shall run.
 *
 * @param container its name
 * @param name what the template's image field says
 * @param ipfsImage the IpfsImage that it runs: named in spec.images, or ours for a reference in the
 *     template; empty for a registry image
 * @param ours whether the IpfsImage is made by the operator
 */
record ImageUse(String container, ImageName name, Optional<String> ipfsImage, boolean ours) {}
