"""Refusals of the door itself: what a program sent cannot even be handed to the gate."""

from __future__ import annotations

from yuanliu.base.refusal import Refusal
from yuanliu.base.text import gettext_noop


class NotLoggedIn(Refusal):
    """Say that nobody stands at the door."""

    code = "not_logged_in"
    sentence = gettext_noop(
        "Log in first, or send a valid key in the header “Authorization: Bearer …”."
    )
    status = 401


class CsrfFailed(Refusal):
    """Say that a page of another site may have sent this."""

    code = "csrf_failed"
    sentence = gettext_noop(
        "The request does not carry the token of your session. Send the value of the cookie"
        " “csrftoken” in the header “X-CSRFToken”, or use a key."
    )
    status = 403


class NoSuchAddress(Refusal):
    """Say that nothing answers at this address."""

    code = "no_such_address"
    sentence = gettext_noop("Nothing answers at %(path)s. See /api/v1/openapi.json for what does.")
    status = 404


class WrongMethod(Refusal):
    """Say that the address answers other methods."""

    code = "wrong_method"
    sentence = gettext_noop("%(path)s does not answer %(method)s.")
    status = 405


class TooLarge(Refusal):
    """Say that a request is larger than the server reads."""

    code = "too_large"
    sentence = gettext_noop("The request is larger than %(limit)s bytes. Send it in parts.")
    status = 413


class WrongContentType(Refusal):
    """Say that a body must be JSON."""

    code = "wrong_content_type"
    sentence = gettext_noop("Send the body as “application/json”, not as “%(given)s”.")
    status = 415


class NotJson(Refusal):
    """Say that a body cannot be read as JSON."""

    code = "not_json"
    sentence = gettext_noop("The body is not JSON that every reader reads alike: %(problem)s.")
    status = 400


class BadRequest(Refusal):
    """Say that a request is not one the server understands."""

    code = "bad_request"
    sentence = gettext_noop("The request cannot be understood.")
    status = 400


class Busy(Refusal):
    """Say that the database is busy or away."""

    code = "busy"
    sentence = gettext_noop(
        "The database is busy or does not answer. Nothing was recorded; send the same request again"
        " with the same key."
    )
    status = 503


class InternalError(Refusal):
    """Say that the program failed."""

    code = "internal_error"
    sentence = gettext_noop(
        "The program failed. Nothing was recorded. The operator finds the cause in the server's"
        " log."
    )
    status = 500


class NotCheckpointed(Refusal):
    """Say that no checkpoint was signed yet."""

    code = "not_checkpointed"
    sentence = gettext_noop(
        "No checkpoint was signed yet. Run “yuanliu checkpoint” on the server once."
    )
    status = 404
