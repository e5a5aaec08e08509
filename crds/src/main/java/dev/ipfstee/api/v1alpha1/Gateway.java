package dev.ipfstee.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** An IPFS gateway. It is not trusted: every block it sends is checked. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
    value = "!has(self.tokenSecretRef) || self.url.startsWith('https://')",
    message = "tokenSecretRef needs an https:// url: a token is never sent in the clear")
@ValidationRule(
    value = "!has(self.caSecretRef) || self.url.startsWith('https://')",
    message = "caSecretRef needs an https:// url")
public record Gateway(
    @Required
        @Size(min = 1, max = 512)
        @ValidationRule(
            value =
                "self.matches(r'^https?://([A-Za-z0-9.-]+|\\[[0-9a-fA-F:]+\\])"
                    + "(:[0-9]{1,5})?/?$')",
            message =
                "url must be https://HOST[:PORT] or http://HOST[:PORT], without path, user info,"
                    + " query or fragment")
        @JsonPropertyDescription(
            "Base URL of a trustless gateway, without a path, as in"
                + " https://trustless-gateway.link. 1 to 512 characters.")
        String url,
    @JsonPropertyDescription(
            "Secret of type ipfstee.dev/token with the keys host, which must be HOST[:PORT] of the"
                + " url, and token, which is sent as bearer token to this gateway alone. Default:"
                + " the administrator's for this gateway, if there is one.")
        SecretReference tokenSecretRef,
    @JsonPropertyDescription(
            "Secret with the key ca.crt: authorities (PEM, at most 32 KiB) trusted for this gateway"
                + " instead of the system's. Default: the administrator's for this gateway, if"
                + " there are any.")
        SecretReference caSecretRef) {}
