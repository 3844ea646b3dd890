"""The shapes of answers, as JSON Schema 2020-12."""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]

TEXT: Final[Json] = {"type": "string"}
TEXT_OR_NULL: Final[Json] = {"type": ["string", "null"]}
INTEGER: Final[Json] = {"type": "integer"}
NUMBER_OR_NULL: Final[Json] = {"type": ["number", "null"]}
BOOLEAN: Final[Json] = {"type": "boolean"}
OBJECT: Final[Json] = {"type": "object"}


def ref(name: str) -> Json:
    """Refer to a shape by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def shape(**members: Json) -> Json:
    """Describe an object that has all of these members."""
    return {"type": "object", "properties": members, "required": sorted(members)}


def list_of(members: Json) -> Json:
    """Describe a list."""
    return {"type": "array", "items": members}


def or_null(kind: Json) -> Json:
    """Describe a value that may be absent."""
    return {"anyOf": [kind, {"type": "null"}]}


_SHORT: Final[Json] = {
    "id": TEXT,
    "kind": {"type": "string", "enum": ["lot", "unit", "container", "vessel"]},
    "item": TEXT,
    "number": TEXT,
    "supplier": TEXT,
    "disposition": TEXT,
    "quantity": ref("Quantity"),
    "location": TEXT_OR_NULL,
    "custodian": TEXT_OR_NULL,
}

_GRADE: Final[Json] = {"type": "string", "enum": ["scanned", "declared", "inferred"]}
_TRACED: Final[Json] = {
    **_SHORT,
    "depth": INTEGER,
    "grade": _GRADE,
    "first_contact": TEXT_OR_NULL,
    "amount": or_null(
        shape(value=NUMBER_OR_NULL, lower=NUMBER_OR_NULL, upper=NUMBER_OR_NULL, unit=TEXT)
    ),
    "remaining": NUMBER_OR_NULL,
    "entered": ref("Quantity"),
    "estimated": BOOLEAN,
    "widened": BOOLEAN,
    "installed": {"type": ["string", "null"], "enum": ["in", "removed", None]},
    "containers": list_of(ref("LotName")),
}
_ANSWER: Final[Json] = {
    "seeds": list_of(ref("LotShort")),
    "as_of": or_null(shape(position=INTEGER, time=TEXT_OR_NULL)),
    "complete": BOOLEAN,
    "open_ends": list_of(shape(reason=TEXT, traceable=ref("LotName"))),
    "balance": ref("Balance"),
}
_BALANCED: Final = (
    "entered",
    "consumed",
    "in_stock",
    "shipped",
    "scrapped",
    "sampled",
    "unexplained",
)

SHAPES: Final[dict[str, Json]] = {
    "Problem": shape(
        type={"type": "string", "description": "Where the code is explained."},
        title={"type": "string", "description": "What happened and what next, in your language."},
        detail={"type": "string", "description": "The same."},
        status={"type": "integer", "minimum": 400, "maximum": 599},
        code={"type": "string", "description": "The refusal's own name, which never changes."},
        facts=OBJECT,
    ),
    "Receipt": shape(
        first={"type": "integer", "description": "The position of the first fact."},
        count=INTEGER,
        positions=list_of(INTEGER),
        repeated={"type": "boolean", "description": "The key was used before."},
    ),
    "BatchOutcome": shape(
        outcomes=list_of(
            {
                "type": "object",
                "properties": {
                    "status": INTEGER,
                    "receipt": ref("Receipt"),
                    "problem": ref("Problem"),
                },
                "required": ["status"],
            }
        )
    ),
    "Quantity": shape(
        value={"type": ["string", "null"], "description": "Exact; null where it is unknown."},
        unit={"type": "string", "description": "UN/ECE Recommendation 20 code."},
        symbol=TEXT,
    ),
    "LotShort": shape(**_SHORT),
    "LotPage": shape(lots=list_of(ref("LotShort")), next={"type": ["integer", "null"]}),
    "Lot": shape(
        **_SHORT,
        quality=TEXT,
        holds=list_of(TEXT),
        expires=TEXT_OR_NULL,
        balances=list_of(shape(place=TEXT, party=TEXT, value=TEXT_OR_NULL)),
        aliases=list_of(shape(text=TEXT, scheme=TEXT, party=TEXT)),
        container=or_null(ref("LotShort")),
        assembly=or_null(ref("LotShort")),
        contents=list_of(ref("LotShort")),
        results=list_of(
            shape(
                position=INTEGER,
                stage=TEXT,
                characteristic=TEXT,
                value=TEXT,
                unit=TEXT,
                verdict=TEXT,
            )
        ),
        facts={"type": "array", "items": INTEGER, "description": "The latest positions."},
        exceptions=list_of(shape(position=INTEGER, code=TEXT, facts=OBJECT)),
    ),
    "ExceptionPage": shape(
        count=INTEGER,
        exceptions=list_of(
            shape(position=INTEGER, code=TEXT, facts=OBJECT, sentence=TEXT),
        ),
        next={"type": ["integer", "null"]},
    ),
    "Units": shape(
        units=list_of(
            shape(
                code=TEXT,
                dimension=TEXT,
                symbol=TEXT,
                name_en=TEXT,
                name_zh=TEXT,
                convertible=BOOLEAN,
            )
        )
    ),
    "Refusals": shape(
        language=TEXT,
        refusals=list_of(shape(code=TEXT, status=INTEGER, sentence=TEXT)),
    ),
    "Fact": shape(
        position=INTEGER,
        recorded=TEXT,
        leaf_hash={"type": "string", "description": "Base64 of the RFC 6962 leaf hash of `body`."},
        body={"type": "object", "description": "As recorded; its RFC 8785 form is what is hashed."},
    ),
    "FactPage": shape(
        facts=list_of(ref("Fact")),
        last={"type": "integer", "description": "Ask again after this position."},
        more=BOOLEAN,
        size=INTEGER,
    ),
    "Head": shape(size=INTEGER, root=TEXT, recorded=TEXT_OR_NULL, verifier_key=TEXT_OR_NULL),
    "InclusionProof": shape(
        position=INTEGER,
        tree_size=INTEGER,
        body=TEXT,
        leaf_hash=TEXT,
        inclusion_proof=list_of(TEXT),
        root=TEXT,
    ),
    "ConsistencyProof": shape(
        old_size=INTEGER,
        tree_size=INTEGER,
        old_root=TEXT,
        root=TEXT,
        consistency_proof=list_of(TEXT),
    ),
    "LotName": shape(id=TEXT, item=TEXT, number=TEXT),
    "Traced": shape(**_TRACED),
    "Affected": shape(
        **_TRACED,
        where=shape(
            places=list_of(shape(location=TEXT, value=TEXT_OR_NULL)),
            parties=list_of(shape(party=TEXT, value=TEXT_OR_NULL)),
            consumed_into=list_of(TEXT),
            consumed_into_count=INTEGER,
        ),
    ),
    "Link": shape(
        position=INTEGER,
        kind=TEXT,
        occurred=TEXT,
        recorded=TEXT,
        grade=_GRADE,
        supersedes={"type": ["integer", "null"]},
        inputs=list_of(TEXT),
        outputs=list_of(TEXT),
        context=list_of(shape(role=TEXT, code=TEXT, value=TEXT, unit=TEXT)),
    ),
    "Balance": {
        "type": "object",
        "properties": {
            **dict.fromkeys(_BALANCED, TEXT_OR_NULL),
            "unit": TEXT,
            "closed": BOOLEAN,
            "seeds": list_of(
                shape(
                    id=TEXT,
                    item=TEXT,
                    number=TEXT,
                    unit=TEXT,
                    closed=BOOLEAN,
                    **dict.fromkeys(_BALANCED, TEXT_OR_NULL),
                )
            ),
        },
        "required": ["closed", "seeds"],
    },
    "Trace": shape(
        **_ANSWER,
        direction={"type": "string", "enum": ["forward", "backward"]},
        truncated=BOOLEAN,
        counts=shape(traceables=INTEGER, facts=INTEGER, depth=INTEGER),
        traceables=list_of(ref("Traced")),
        facts=list_of(ref("Link")),
    ),
    "RecallScope": shape(
        **_ANSWER,
        certain=list_of(ref("Affected")),
        likely=list_of(ref("Affected")),
        possible=list_of(ref("Affected")),
        by_location=list_of(
            shape(location=TEXT, lots=INTEGER, quantities=list_of(ref("Quantity")))
        ),
        by_customer=list_of(shape(party=TEXT, lots=INTEGER, quantities=list_of(ref("Quantity")))),
        totals=list_of(
            shape(
                item=TEXT,
                lots=INTEGER,
                affected=ref("Quantity"),
                in_stock=ref("Quantity"),
                shipped=ref("Quantity"),
                used_up=ref("Quantity"),
            )
        ),
        hold=list_of(ref("LotName")),
    ),
}
"""By name. The members of the larger ones are explained in docs/reference/json.md."""
