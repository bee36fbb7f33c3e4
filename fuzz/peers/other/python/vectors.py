"""Runs the JSON vectors of internal/jsonvec with a library that does no I/O.

What a library does otherwise than a vector wants is a disagreement. The known ones are listed beside the library, each
with its reason; a new one fails, and so does one that no longer occurs, so that the lists do not rot.
"""

import collections
import dataclasses
import fnmatch
import json
import sys

VERSION = 1  # of the format
TOO_BIG = 1009


@dataclasses.dataclass
class Outcome:
    """What a library made of a vector."""

    events: list = dataclasses.field(default_factory=list)  # (type, octets, code or None)
    failed: bool = False
    code: int | None = None  # of its close frame, where it failed with one
    raised: str = ""  # an exception that is none of the library's own


class Unsupported(Exception):
    """The library cannot be set up for the vector."""


@dataclasses.dataclass
class Known:
    """A disagreement that is known.

    kind is one of those that compare returns, or "*"; clause is that of the vector's failure, with * for anything, and ""
    for a vector that has none; name is a pattern of vectors.
    """

    kind: str
    clause: str
    reason: str
    name: str = "*"
    role: str = "*"

    def matches(self, kind, vector):
        clause = vector.get("fail", {}).get("clause", "")
        return (
            fnmatch.fnmatchcase(kind, self.kind)
            and fnmatch.fnmatchcase(clause, self.clause)
            and fnmatch.fnmatchcase(vector["name"], self.name)
            and fnmatch.fnmatchcase(vector["role"], self.role)
        )


def run(vector, start, outcome):
    """Gives the pieces to a library, and returns how many octets it had when it failed, None where it did not.

    start(vector) returns a function that takes a piece and tells the outcome what came of it.
    """
    receive = start(vector, outcome)
    given = 0
    for piece in vector["octets"]:
        octets = bytes.fromhex(piece)
        given += len(octets)
        try:
            receive(octets)
        except Exception as error:  # whatever it is, it is not how a library tells of a peer's fault
            outcome.raised = f"{type(error).__name__}: {error}"
            return given
        if outcome.failed:
            return given
    return None


def compare(vector, outcome, given):
    """Returns the kind of the disagreement and what to say of it, or None."""
    if outcome.raised:
        return "raises", outcome.raised
    fail = vector.get("fail")
    if outcome.failed:
        if outcome.code == TOO_BIG and (fail is None or outcome.code not in fail["codes"]):
            raise Unsupported("a limit of its own, told by code 1009")
        if fail is None:
            return "fails", f"with code {outcome.code}, where nothing is wrong"
        if given < fail["first"]:
            return "early", f"with {given} octets, before {fail['first']}"
        if outcome.code is not None and outcome.code not in fail["codes"] and not 3000 <= outcome.code <= 4999:
            return "code", f"{outcome.code}, want one of {fail['codes']}"
        due = due_at(vector, fail["last"])
        if vector["result"] == "fail" and given > due:
            return "late", f"with {given} octets, after {due}"
    elif vector["result"] == "fail":
        return "takes", f"what it has to fail for with {fail['last']} octets"
    return compare_events(vector, outcome)


def due_at(vector, last):
    """Returns the octets that there are at the end of the piece that holds the last one."""
    given = 0
    for piece in vector["octets"]:
        given += len(piece) // 2
        if given >= last:
            break
    return given


def compare_events(vector, outcome):
    wanted = [(e["type"], bytes.fromhex(e["data"]), e.get("code")) for e in vector["events"]]
    got = outcome.events
    least = len(wanted)
    if outcome.failed:
        least = sum(e["at"] < vector["fail"]["first"] for e in vector["events"])
    elif vector["result"] == "either":  # it may go on with what is at fault
        got = got[:least]
    if got != wanted[: len(got)] or len(got) < least:
        return "events", f"{shorten(got)}, want {shorten(wanted)}"
    return None


def shorten(events):
    text = ", ".join(f"{kind} {data[:20].hex()}{'…' if len(data) > 20 else ''} {code or ''}".strip() for kind, data, code in events)
    return text[:300] or "nothing"


def main(library, start, known):
    """Runs all vectors of the file that the command line names, and ends the program."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} vectors.json")
    with open(sys.argv[1], encoding="utf-8") as file:
        content = json.load(file)
    if content["version"] != VERSION:
        sys.exit(f"{sys.argv[1]}: version {content['version']}: only {VERSION} is known")
    agreed, unsupported, occurred, new = 0, collections.Counter(), collections.Counter(), []
    for vector in content["vectors"]:
        outcome = Outcome()
        try:
            disagreement = compare(vector, outcome, run(vector, start, outcome))
        except Unsupported as reason:
            unsupported[str(reason)] += 1
            continue
        if disagreement is None:
            agreed += 1
            continue
        kind, text = disagreement
        entries = [i for i, k in enumerate(known) if k.matches(kind, vector)]
        if entries:
            occurred[entries[0]] += 1
        else:
            new.append((vector, kind, text))
    print(f"{library}: {agreed} of {len(content['vectors'])} vectors agree, {sum(occurred.values())} disagree as is known")
    for reason, count in unsupported.items():
        print(f"  {count} not run: {reason}")
    for i, count in sorted(occurred.items()):
        print(f"  {count} {known[i].kind} {known[i].clause or known[i].name}: {known[i].reason}")
    for vector, kind, text in new[:50]:
        print(f"  NEW {vector['name']} ({vector.get('fail', {}).get('clause', 'nothing is wrong')}): {kind} {text}")
    gone = [k for i, k in enumerate(known) if i not in occurred]
    for k in gone:
        print(f"  GONE {k.kind} {k.clause or k.name}: it no longer occurs, take it off the list")
    if len(new) > 50:
        print(f"  and {len(new) - 50} new ones more")
    sys.exit(1 if new or gone else 0)
