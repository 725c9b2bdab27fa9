"""What OpenAPI says of the machines' door: everything that a route may answer, and as it is answered."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, TypeAlias

from fastapi import FastAPI

from jiebang.api.problems import (
    MEDIA_TYPE,
    NOT_JSON,
    NOT_UNDERSTOOD,
    TOO_LARGE,
    Problem,
    problem_of,
    spoken_at,
)
from jiebang.domain.errors import BadToken, MissingScope, Refusal

Responses: TypeAlias = dict[int | str, dict[str, Any]]
"""What a route may answer besides what it is for, by status."""

_PROBLEMS = [f"#/components/schemas/{name}" for name in (Problem.__name__, "ChangesRefused")]
_HEADERS = {
    HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate", "Which kind of token is asked for (RFC 6750 §3)."),
    HTTPStatus.FORBIDDEN: ("WWW-Authenticate", "That the token allows too little (RFC 6750 §3)."),
    HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After", "Seconds."),
}


def told(*refusals: type[Refusal], body: bool = True) -> Responses:
    """
    Declare what a route that needs a token may answer: these refusals, and what every one may.

    Each is given as an example, with its code and sentence. `body` is whether the route reads one.
    """
    every: tuple[type[Refusal], ...] = (BadToken, MissingScope, *refusals)
    of_bodies = (NOT_JSON, TOO_LARGE) if body else ()
    return problems(*of_bodies, NOT_UNDERSTOOD, *map(problem_of, every))


def problems(*every: Problem) -> Responses:
    """Declare problems, each as an example."""
    responses: Responses = {}
    for problem in every:
        status = HTTPStatus(problem.status)
        response = responses.setdefault(
            int(status),
            {
                "model": Problem,
                "description": status.phrase,
                "content": {"application/json": {"examples": {}}},
            },
        )
        example = {"value": problem.model_dump(exclude_none=True)}
        response["content"]["application/json"]["examples"][problem.code] = example
        if status in _HEADERS:
            header, words = _HEADERS[status]
            response["headers"] = {header: {"description": words, "schema": {"type": "string"}}}
    return responses


def install(app: FastAPI) -> None:
    """Have the application describe itself, and mend what FastAPI by itself cannot say."""
    as_generated = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            for path, operation in _operations(as_generated()):
                _speak_at(path, operation["responses"])
                _name_problems(operation)
                _offer_scopes(operation)
        return as_generated()

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own way to extend its description


def _operations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            yield path, operation


def _speak_at(path: str, responses: dict[str, Any]) -> None:
    """Move a problem to the status that it has at this address."""
    at = spoken_at(path, NOT_UNDERSTOOD).status
    if at == NOT_UNDERSTOOD.status or str(NOT_UNDERSTOOD.status) not in responses:
        return
    moved = responses.pop(str(NOT_UNDERSTOOD.status))
    examples = moved["content"]["application/json"]["examples"]
    for example in examples.values():
        example["value"]["status"] = at
    there = responses.setdefault(str(at), moved | {"description": HTTPStatus(at).phrase})
    there["content"]["application/json"]["examples"] |= examples


def _name_problems(operation: dict[str, Any]) -> None:
    """A problem has a media type of its own (RFC 9457 §3)."""
    for response in operation["responses"].values():
        content = response.get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        if schema.get("$ref") in _PROBLEMS:
            content[MEDIA_TYPE] = content.pop("application/json")


def _offer_scopes(operation: dict[str, Any]) -> None:
    """Any one of the scopes is enough, where one requirement with a list would ask for all of them."""
    if "security" in operation:
        operation["security"] = [
            {scheme: [scope]}
            for requirement in operation["security"]
            for scheme, scopes in requirement.items()
            for scope in scopes
        ]
