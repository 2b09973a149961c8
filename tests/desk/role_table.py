"""Who may do what: a row for every route of the OpenAPI document.

A row says which roles are let in (an admin always is); what comes of the request then is no matter of it.
"""

from __future__ import annotations

AGENT, INTEGRATION, SUPERVISOR = "agent", "integration", "supervisor"
ALL = {AGENT, INTEGRATION, SUPERVISOR}
READERS = {INTEGRATION, SUPERVISOR}
ADMIN_ONLY: set[str] = set()

OPEN = {("GET", "/healthz")}
TABLE: dict[tuple[str, str], set[str]] = {
    ("GET", "/metrics"): READERS,
    ("GET", "/api/v1/openapi.json"): ALL,
    ("GET", "/api/v1/events"): ALL,
    ("GET", "/api/v1/agents"): READERS,
    ("GET", "/api/v1/agents/{number}"): ALL,
    ("POST", "/api/v1/agents/{number}/login"): {AGENT, SUPERVISOR},
    ("POST", "/api/v1/agents/{number}/logout"): {AGENT, SUPERVISOR},
    ("POST", "/api/v1/agents/{number}/ready"): {AGENT, SUPERVISOR},
    ("POST", "/api/v1/agents/{number}/pause"): {AGENT, SUPERVISOR},
    ("POST", "/api/v1/agents/{number}/finish"): {AGENT, SUPERVISOR},
    ("POST", "/api/v1/agents/{number}/extend"): {AGENT, SUPERVISOR},
    ("GET", "/api/v1/queues"): ALL,
    ("GET", "/api/v1/queues/{queue}"): ALL,
    ("GET", "/api/v1/calls"): {SUPERVISOR},
    ("GET", "/api/v1/calls/{call}"): {AGENT, SUPERVISOR},
    ("POST", "/api/v1/calls/{call}/hold"): {AGENT, SUPERVISOR},
    ("POST", "/api/v1/calls/{call}/resume"): {AGENT, SUPERVISOR},
    ("POST", "/api/v1/calls/{call}/transfer"): {AGENT, SUPERVISOR},
    ("POST", "/api/v1/calls/{call}/consult"): {AGENT, SUPERVISOR},
    ("POST", "/api/v1/calls/{call}/cancel"): {AGENT, SUPERVISOR},
    ("POST", "/api/v1/calls/{call}/join"): {AGENT, SUPERVISOR},
    ("POST", "/api/v1/calls/{call}/complete"): {AGENT, SUPERVISOR},
    ("POST", "/api/v1/calls/{call}/listen"): {SUPERVISOR},
    ("POST", "/api/v1/calls/{call}/whisper"): {SUPERVISOR},
    ("POST", "/api/v1/calls/{call}/barge"): {SUPERVISOR},
    ("POST", "/api/v1/calls/{call}/take-over"): {SUPERVISOR},
    ("POST", "/api/v1/calls/{call}/leave"): {SUPERVISOR},
    ("POST", "/api/v1/agents/{number}/dial"): {AGENT, SUPERVISOR},
    ("GET", "/api/v1/campaigns"): READERS,
    ("GET", "/api/v1/campaigns/{campaign}"): READERS,
    ("GET", "/api/v1/campaigns/{campaign}/answers"): READERS,
    ("GET", "/api/v1/campaigns/{campaign}/definition"): READERS,
    ("PUT", "/api/v1/campaigns/{campaign}/definition"): {INTEGRATION},
    ("DELETE", "/api/v1/campaigns/{campaign}/definition"): {INTEGRATION},
    ("POST", "/api/v1/campaigns/{campaign}/start"): READERS,
    ("POST", "/api/v1/campaigns/{campaign}/pause"): READERS,
    ("POST", "/api/v1/campaigns/{campaign}/drain"): READERS,
    ("POST", "/api/v1/campaigns/{campaign}/stop"): READERS,
    ("GET", "/api/v1/campaign-calls/{call}"): ALL,
    ("POST", "/api/v1/campaign-calls/{call}/disposition"): ALL,
    ("POST", "/api/v1/lists/{list_name}/leads"): READERS,
    ("POST", "/api/v1/do-not-call"): ALL,
    ("GET", "/api/v1/lists"): READERS,
    ("DELETE", "/api/v1/lists/{list_name}"): {INTEGRATION},
    ("POST", "/api/v1/lists/{list_name}/import"): {INTEGRATION},
    ("GET", "/api/v1/lists/{list_name}/imports"): READERS,
    ("GET", "/api/v1/lists/{list_name}/imports/{import_id}"): READERS,
    ("POST", "/api/v1/do-not-call/import"): {INTEGRATION},
    ("GET", "/api/v1/do-not-call/imports/{import_id}"): READERS,
    ("GET", "/api/v1/trunks"): READERS,
    ("POST", "/api/v1/erasures"): ADMIN_ONLY,
    ("GET", "/api/v1/recordings"): {SUPERVISOR},
    ("GET", "/api/v1/recordings/{recording}/file"): {SUPERVISOR},
    ("POST", "/api/v1/recordings/{recording}/verify"): {SUPERVISOR},
    ("DELETE", "/api/v1/recordings/{recording}"): ADMIN_ONLY,
    ("POST", "/api/v1/calls/{call}/recording/pause"): {AGENT, SUPERVISOR},
    ("POST", "/api/v1/calls/{call}/recording/resume"): {AGENT, SUPERVISOR},
    ("GET", "/api/v1/records"): READERS,
    ("GET", "/api/v1/records/{call}"): READERS,
    ("GET", "/api/v1/metrics"): READERS,
    ("GET", "/api/v1/site"): READERS,
    ("GET", "/api/v1/webhooks"): {INTEGRATION},
    ("POST", "/api/v1/webhooks"): {INTEGRATION},
    ("GET", "/api/v1/webhooks/{webhook}"): {INTEGRATION},
    ("DELETE", "/api/v1/webhooks/{webhook}"): {INTEGRATION},
    ("GET", "/api/v1/webhooks/{webhook}/dead"): {INTEGRATION},
    ("POST", "/api/v1/webhooks/{webhook}/redeliver"): {INTEGRATION},
    ("GET", "/api/v1/tokens"): ADMIN_ONLY,
    ("POST", "/api/v1/tokens"): ADMIN_ONLY,
    ("DELETE", "/api/v1/tokens/{name}"): ADMIN_ONLY,
}
EXAMPLES = {"number": "1001", "queue": "sales", "call": "c1"}
"""What stands for a path's parameter."""
