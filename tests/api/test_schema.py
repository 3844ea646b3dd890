"""Whatever the description allows, and what it forbids, is answered as the description says.

Requests are made from the OpenAPI document by schemathesis: none may end in a server error, every
answer must have a documented status, type and shape.
"""

import json

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import negative_data_rejection, positive_data_acceptance
from schemathesis.config import SchemathesisConfig

from tests.api.conftest import key_for
from tests.web import factory
from yuanliu.api.site import api
from yuanliu.config.wsgi import application
from yuanliu.ledger.read import size

EXAMPLES = 12
"""For each operation in each of three ways: as described, against it, about real things."""
DESCRIPTION = json.loads(json.dumps(api.get_openapi_schema()))
SCHEMA = schemathesis.openapi.from_dict(
    DESCRIPTION,
    # A wrong key is refused before anything else is looked at; test_access looks at keys.
    config=SchemathesisConfig.from_dict({"generation": {"with-security-parameters": False}}),
)
SCHEMA.app = application
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
WAYS = {
    # What JSON Schema cannot say (that a code is known, a day exists) is refused with 422.
    "as described": (GenerationMode.POSITIVE, [positive_data_acceptance]),
    "about real things": (GenerationMode.POSITIVE, [positive_data_acceptance]),
    # A batch answers 200 and says in it which group was wrong.
    "against it": (GenerationMode.NEGATIVE, []),
}
CANNOT_BE_WRONG = ("/lots/{ref}", "/units", "/refusals", "/ledger/head", "/ledger/checkpoint")
REAL = {
    "lots": ["FLOUR/F1", "BREAD/B1", "BREAD/B2", "BREAD/B1-A", "YEAST/Y1", "S-77", "BOX-1", "TANK"],
    "item": ["FLOUR", "BREAD", "YEAST"],
    "place": ["WH", ""],
    "party": ["MILL", "SHOP"],
    "supplier": ["MILL", ""],
    "quantity": ["1 kg", "2 pc", "? kg", "100000 kg", {"value": None, "unit": "pc"}],
    "occurred": ["2026-03-09", "2026-03-02T12:00:00+08:00", "2026-03"],
    "unit": ["kg", "pc"],
    "number": ["N1", "N2", "B1", "F1"],
    "context": [{}, {"equipment": ["OVEN-1"], "parameters": {"heat": {"value": "220"}}}],
    "reason": ["glass"],
    "text": ["S-99"],
    "position": [7, 8, 11, 12, 13],
    "action": ["hold", "produce", "receive", ""],
}
WHOLE = ("quantity", "counted", "context")
REFERENCE = {"id", "item", "number", "supplier"}
for _name in ("lot", "ref", "container", "children", "component", "assembly", "vessel", "counted"):
    REAL[_name] = REAL["quantity" if _name == "counted" else "lots"]


@pytest.fixture
def one_connection(db):
    """Let requests through the WSGI door use the test's transaction, as Django's client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "way"),
    [
        pytest.param(operation, way, id=f"{operation.label} {way}")
        for operation in OPERATIONS
        for way in WAYS
        if way != "against it" or operation.path.removeprefix("/api/v1") not in CANNOT_BE_WRONG
    ],
)
def test_every_operation_answers_as_it_is_described(one_connection, operation, way):
    factory.bake()
    factory.do("define_vessel", "2026-03-01", number="TANK", unit="kg")
    headers = {"Authorization": f"Bearer {key_for(factory.person(), 'read', 'write')}"}
    mode, without = WAYS[way]
    if operation.path.endswith("/batch"):
        without = [*without, negative_data_rejection]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), dice=st.randoms())
    def answers(case, dice):
        if way == "about real things":
            if isinstance(case.body, dict) and "arguments" in case.body:
                case.body = {"occurred": "", **case.body}
            case.body = _with_real(case.body, dice)
            case.query = _with_real(case.query, dice)
        case.call_and_validate(headers=headers, excluded_checks=without)

    answers()


def _with_real(value, dice, name=""):
    """Put known lots, items, places and times where made-up ones stand, so that more is reached."""
    if isinstance(value, list):
        return [_with_real(member, dice, name) for member in value]
    is_whole = not isinstance(value, dict) or name in WHOLE or set(value) <= REFERENCE
    if name in REAL and is_whole and dice.random() < 0.95:
        return dice.choice(REAL[name])
    if isinstance(value, dict):
        return {key: _with_real(member, dice, key) for key, member in value.items()}
    return value


def test_the_description_is_openapi_3_1_and_names_every_operation_once():
    assert DESCRIPTION["openapi"].startswith("3.1.")
    names = [
        operation["operationId"]
        for methods in DESCRIPTION["paths"].values()
        for operation in methods.values()
    ]
    assert len(names) == len(set(names)) == len(OPERATIONS)


def test_every_operation_needs_a_key_or_a_session_and_says_how_it_refuses():
    for path, methods in DESCRIPTION["paths"].items():
        for operation in methods.values():
            assert operation["security"] == [{"ApiKeyAuth": []}, {"SessionAuth": []}], path
            wanted = {"400", "401", "403", "404", "422", "503"}
            assert wanted <= set(operation["responses"]), path


@pytest.mark.django_db
def test_the_description_is_for_callers_who_may_read():
    mei = factory.person()
    assert Client().get("/api/v1/openapi.json").status_code == 401
    for scopes, status in ((("read",), 200), (("write",), 403)):
        client = Client(headers={"authorization": f"Bearer {key_for(mei, *scopes)}"})
        assert client.get("/api/v1/openapi.json").status_code == status
    session = Client()
    session.force_login(mei)
    page = session.get("/api/v1/docs")
    assert page.status_code == 200
    assert size() == 0
