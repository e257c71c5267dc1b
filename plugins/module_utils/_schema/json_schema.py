# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A record as a JSON Schema, for editors and strangers. The validators check more than it can say."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List, Mapping, Type

from .fields import Anything, Boolean, Field, Kind, ListOf, MapOf, Nullable, Number, Record, Text

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ONE_LINE = r"^[^\x00-\x1f\x7f]*$"


def json_schema_text(record: Record, title: str) -> str:
    """Return the JSON Schema (draft 2020-12) of `record` as indented JSON with a final newline."""
    definitions: Dict[str, Any] = {}
    root = _record(record, definitions)
    head = {"$schema": DIALECT, "title": title}
    document = {**head, **root, "$defs": {name: definitions[name] for name in sorted(definitions)}}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _schema(kind: Kind, definitions: Dict[str, Any]) -> Dict[str, Any]:
    return _SCHEMA[type(kind)](kind, definitions)


def _text(kind: Text, _definitions: Dict[str, Any]) -> Dict[str, Any]:
    if kind.allowed:
        return {"enum": list(kind.allowed)}
    schema: Dict[str, Any] = {"type": "string"}
    pattern = kind.pattern or ("" if kind.multiline else _ONE_LINE)
    if pattern:
        schema["pattern"] = pattern
    if not kind.empty:
        schema["minLength"] = 1
    return schema


def _number(kind: Number, _definitions: Dict[str, Any]) -> Dict[str, Any]:
    bounds = {"minimum": kind.minimum, "exclusiveMinimum": kind.above, "maximum": kind.maximum}
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    return {"type": "integer" if kind.whole else "number", **given}


def _boolean(_kind: Boolean, _definitions: Dict[str, Any]) -> Dict[str, Any]:
    return {"type": "boolean"}


def _anything(_kind: Anything, _definitions: Dict[str, Any]) -> Dict[str, Any]:
    return {}


def _list(kind: ListOf, definitions: Dict[str, Any]) -> Dict[str, Any]:
    least = {"minItems": kind.minimum} if kind.minimum else {}
    return {"type": "array", "items": _schema(kind.item, definitions), **least}


def _map(kind: MapOf, definitions: Dict[str, Any]) -> Dict[str, Any]:
    names = {name: value for name, value in _text(kind.key, definitions).items() if name != "type"}
    least = {"minProperties": kind.minimum} if kind.minimum else {}
    values = _schema(kind.value, definitions)
    return {"type": "object", "propertyNames": names, "additionalProperties": values, **least}


def _nullable(kind: Nullable, definitions: Dict[str, Any]) -> Dict[str, Any]:
    return {"anyOf": [_schema(kind.kind, definitions), {"type": "null"}]}


def _reference(kind: Record, definitions: Dict[str, Any]) -> Dict[str, Any]:
    name = kind.name.replace(" ", "_")
    if name not in definitions:
        definitions[name] = _record(kind, definitions)
    return {"$ref": f"#/$defs/{name}"}


def _record(kind: Record, definitions: Dict[str, Any]) -> Dict[str, Any]:
    schema: Dict[str, Any] = {
        "description": kind.doc,
        "type": "object",
        "properties": {field.name: _property(field, definitions) for field in kind.fields},
        "required": [field.name for field in kind.fields if field.required],
        "additionalProperties": False,
    }
    for group in kind.one_of:
        alternatives: List[Mapping[str, Any]] = [{"required": [name]} for name in group]
        schema["oneOf"] = alternatives
    return schema


def _property(field: Field, definitions: Dict[str, Any]) -> Dict[str, Any]:
    schema = {**_schema(field.kind, definitions), "description": field.doc}
    if field.default is not None:
        schema["default"] = field.default
    if field.example is not None:
        schema["examples"] = [field.example]
    return schema


_SCHEMA: Mapping[Type[Any], Callable[[Any, Dict[str, Any]], Dict[str, Any]]] = {
    Text: _text,
    Number: _number,
    Boolean: _boolean,
    Anything: _anything,
    ListOf: _list,
    MapOf: _map,
    Nullable: _nullable,
    Record: _reference,
}
