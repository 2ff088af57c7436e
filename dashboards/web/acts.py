"""What an officer does with a task, sent with the officer's own token.

Whether it takes effect is the engine's word: that somebody else has the task, that two must agree,
that another decision stands by now.
"""

from __future__ import annotations

from typing import Any, Final

import grpc

from haechi.dashboards.web.reach import Reach
from haechi.dashboards.web.sessions import Session
from haechi.engine.errors import BadInput, Unavailable
from haechi.rpc.v1 import task_service_pb2 as service_pb
from haechi.rpc.v1.officers_pb2 import OfficerAction
from haechi.rpc.watching import failure

_LONGEST: Final = 200
_UNREACHED: Final = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


def act(reach: Reach, session: Session, decision_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Act on a decision's task.

    Parameters
    ----------
    reach, session
        The installation, and who acts.
    decision_id
        The decision that the officer looks at.
    asked
        ``act``, and where it applies ``reason``, ``note``, ``to`` and ``directive``.

    Raises
    ------
    BadInput
        If it is no act, or had no effect; the message says why.
    Unavailable
        If the engine cannot be reached.
    """
    try:
        given: dict[str, Any] = {"act": f"OFFICER_ACT_{_text(asked, 'act')}"}
        if to := _text(asked, "to"):
            given["to_verdict"] = f"VERDICT_{to}"
        if directive := _text(asked, "directive"):
            given["directive"] = f"DIRECTIVE_{directive}"
        action = OfficerAction(
            decision_id=decision_id,
            reason_code=_text(asked, "reason"),
            note=_text(asked, "note"),
            **given,
        )
    except ValueError as error:
        raise BadInput("BAD_ACT", f"{error}; act from the decision's page") from None
    try:
        with reach.engine(session.token) as client:
            done = client.act_on_task(action)
    except grpc.RpcError as error:
        status, details = failure(error)
        if status in _UNREACHED:
            raise Unavailable(f"the engine cannot be reached: {details}") from None
        raise BadInput(status.name if status else "FAILED", details) from None
    state = service_pb.TaskState.Name(done.task.state).removeprefix("TASK_STATE_")
    return {"state": state, "decision_id": done.task.decision_id, "offset": done.position.offset}


def _text(asked: dict[str, Any], name: str) -> str:
    text = asked.get(name, "")
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise ValueError(f"{name} must be a text of at most {_LONGEST} characters")
    return text.strip()
