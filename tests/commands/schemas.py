"""The shipped JSON Schemas, made strict: what is not named in them fails."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator


def validator(name: str) -> Draft202012Validator:
    """The validator of `relaytui/schema/NAME.schema.json`."""
    schema = json.loads((files("relaytui") / "schema" / f"{name}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(_closed(schema))


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in schema.items()}
    return closed | {"additionalProperties": False} if schema.get("type") == "object" else closed
