"""JSON schemas for kubeconform, made from the OpenAPI documents of a running API server."""

import copy
import json

KEYWORDS = "properties additionalProperties items required type enum format pattern minimum maximum".split()


def write(server, folder):
    """Writes one file per kind into `folder`, strict: a field that the server doesn't know is an error."""
    folder.mkdir()
    for path, where in server.get("/openapi/v3")["paths"].items():
        if not (path == "api/v1" or path.startswith("apis/") and path.count("/") == 2):
            continue
        definitions = server.get(where["serverRelativeURL"])["components"].get("schemas", {})
        definitions = {name: _strict(schema) for name, schema in definitions.items()}
        for name, schema in definitions.items():
            for kind in schema.get("x-kubernetes-group-version-kind", []):
                # kubeconform's {{.KindSuffix}} has the first word of the group.
                parts = (kind["kind"], kind["group"].split(".")[0], kind["version"])
                file = "-".join(filter(None, parts)).lower()
                document = {
                    "$schema": "http://json-schema.org/draft-07/schema#",
                    "$ref": f"#/definitions/{name}",
                    "definitions": _reachable(name, definitions),
                }
                (folder / f"{file}.json").write_text(json.dumps(document))


def location(folder):
    """What kubeconform is told as --schema-location."""
    return f"{folder}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"


def _strict(schema):
    """The schema with JSON schema's words only, closed, and references to our definitions."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace("#/components/schemas/", "#/definitions/")}
    if len(schema.get("allOf", [])) == 1:  # a reference with a description
        return _strict(schema["allOf"][0])
    if schema.get("format") == "int-or-string" or schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    if "oneOf" in schema:  # a quantity: string or number
        return {"anyOf": [_strict(s) for s in schema["oneOf"]]}
    kept = {k: copy.copy(schema[k]) for k in KEYWORDS if k in schema}
    kept |= {k: v for k, v in schema.items() if k == "x-kubernetes-group-version-kind"}
    if "properties" in kept:
        kept["properties"] = {k: _strict(v) for k, v in kept["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            kept.setdefault("additionalProperties", False)
    if isinstance(kept.get("additionalProperties"), dict):
        kept["additionalProperties"] = _strict(kept["additionalProperties"])
    if "items" in kept:
        kept["items"] = _strict(kept["items"])
    if schema.get("nullable"):
        kept["type"] = [kept["type"], "null"]
    return kept


def _reachable(name, definitions):
    found, todo = {}, [name]
    while todo:
        each = todo.pop()
        if each not in found:
            found[each] = definitions[each]
            todo += [
                part.split('"')[0] for part in json.dumps(definitions[each]).split("#/definitions/")[1:]
            ]
    return found
