"""What the routes tell: metrics, the site, calls without a caller's number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from callflow import loop_watch
from callflow.listening.curves import Kept, keep
from records import events as e
from tests.desk.conftest import SITE

if TYPE_CHECKING:
    from tests.desk.conftest import Office

NUMBER = "+4930123456"
Samples = dict[tuple[str, str], float]


async def metrics(office: Office) -> Samples:
    """Read /metrics."""
    answer = await office.ask("/metrics", "integration")
    assert answer.headers["Content-Type"].startswith("text/plain")
    return samples(answer.body)


def samples(text: str) -> Samples:
    """Read an exposition: (name, labels' values, last name first) → value."""
    return {
        (
            sample.name,
            ",".join(value for _, value in sorted(sample.labels.items(), reverse=True)),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def call(office: Office, name: str) -> str:
    """Let a call arrive; give its caller's opaque id."""
    subject = office.log.vault.subject_for(NUMBER)
    office.log.append(e.CallArrived(call=name, leg="l", dialed="1000", trunk="t1", subject=subject))
    return subject


async def test_metrics_count_what_the_log_tells(office: Office) -> None:
    before = await metrics(office)
    call(office, "c1")
    office.log.append(e.CallAnswered(call="c1"))
    office.log.append(e.CallConnected(offer="o1", call="c1", queue="sales", agent="1001", wait_s=12.0))
    office.log.append(e.CallEnded(call="c1", outcome="completed", by="caller", cause="normal"))
    call(office, "c2")
    office.log.append(e.QueueLeft(call="c2", queue="sales", reason="abandoned", wait_s=3.0, position=1))
    after = await metrics(office)

    def more(name: str, labels: str = "") -> float:
        return after.get((name, labels), 0.0) - before.get((name, labels), 0.0)

    assert more("ringhall_calls_total", "t1") == 2
    assert more("ringhall_calls_ended_total", "completed") == 1
    assert more("ringhall_wait_seconds_sum", "sales") == 12
    assert more("ringhall_wait_seconds_bucket", "sales,10.0") == 0
    assert more("ringhall_wait_seconds_bucket", "sales,20.0") == 1
    assert more("ringhall_queue_left_total", "abandoned,sales") == 1


async def test_metrics_of_queues_are_those_of_the_reports(office: Office) -> None:
    before = await metrics(office)
    call(office, "c1")
    entered = e.QueueEntered(call="c1", queue="sales", priority=0, needs={"sales": 1}, position=1)
    office.log.append(entered)
    waiting = await metrics(office)
    assert waiting["ringhall_queue_waiting_calls", "sales"] == 1
    office.log.append(e.CallConnected(offer="o1", call="c1", queue="sales", agent="1001", wait_s=12.0))
    found = await metrics(office)
    for name in ("offered", "answered", "asked"):
        key = (f"ringhall_queue_{name}_total", "sales")
        assert found[key] - before.get(key, 0.0) == 1
    assert found["ringhall_queue_service_level_ratio", "sales"] == 1.0
    assert found["ringhall_queue_asa_seconds", "sales"] == 12.0
    assert ("ringhall_queue_waiting_calls", "sales") not in found


async def test_today(office: Office) -> None:
    call(office, "c1")
    office.log.append(e.QueueEntered(call="c1", queue="sales", priority=0, needs={"sales": 1}, position=1))
    office.log.append(e.CallConnected(offer="o1", call="c1", queue="sales", agent="1001", wait_s=25.0))
    told = (await office.ask("/api/v1/metrics", "supervisor")).body
    assert (told["time_zone"], told["by"], told["interval"]) == ("Asia/Shanghai", "queue", "1d")
    [sales] = told["rows"]
    assert (sales["queue"], sales["answered"], sales["service_level"]) == ("sales", 1, 0.0)
    assert told["variant"] == {"service_level": "80/20", "short_abandon_s": 5}
    asked = "?by=number&interval=15m&service_level=90/30&short_abandon=2"
    told = (await office.ask(f"/api/v1/metrics{asked}")).body
    [number] = told["rows"]
    assert (number["number"], number["service_level"]) == ("1000", 1.0)
    assert {one["name"] for one in told["targets"]} >= {"service_level", "asa", "answer_rate", "idle", "csat"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("by=queues", "did you mean queue?"),
        ("interval=2h", "there are: 15m, 1h, 1d"),
        ("service_level=eighty", "such as 80/20"),
        ("short_abandon=-1", "write it as 5s"),
    ],
)
async def test_what_metrics_do_not_know_they_say(office: Office, asked: str, said: str) -> None:
    answer = await office.ask(f"/api/v1/metrics?{asked}")
    assert (answer.status, answer.body["error_id"]) == (400, "wrong-question")
    assert said in answer.body["message"]


async def test_metrics_show_what_is_now(office: Office) -> None:
    loop_watch.LAG.observe(0.015)
    for number in range(3):
        call(office, f"c{number}")
    # at once: while somebody answers a request, the database takes events
    present = samples(generate_latest().decode())
    assert present["ringhall_events_backlog", ""] == office.log.backlog > 0
    found = await metrics(office)
    assert found["ringhall_calls_live", ""] == 3
    assert found["process_resident_memory_bytes", ""] > 0
    assert (
        found["ringhall_loop_lag_seconds_bucket", "0.02"] > found["ringhall_loop_lag_seconds_bucket", "0.01"]
    )


async def test_metrics_of_the_dialplans(office: Office) -> None:
    first = office.live.site.version
    before = await metrics(office)
    assert before["ringhall_site_live", first] == 1
    assert before.get(("ringhall_alarm", "dialplan"), 0) == 0
    await save(office, SITE.replace("queue: sales", "queue: sale"))
    broken = await metrics(office)
    assert broken["ringhall_alarm", "dialplan"] == 1
    assert broken["ringhall_site_live", first] == 1
    refused = ("ringhall_site_changes_total", "refused")
    assert broken[refused] - before.get(refused, 0) == 1
    await save(office, SITE.replace("Hello", "Good day"))
    mended = await metrics(office)
    assert mended["ringhall_alarm", "dialplan"] == 0
    assert ("ringhall_site_live", first) not in mended
    assert mended["ringhall_site_live", office.live.site.version] == 1


async def save(office: Office, text: str) -> None:
    (office.home.folder / "dialplans" / "site.yaml").write_text(text)
    await office.live.load("watch", "saved")


async def test_the_site(office: Office) -> None:
    told = (await office.ask("/api/v1/site", "supervisor")).body
    first = office.live.site.version
    assert told["version"] == first
    assert (told["name"], told["languages"], told["time_zone"]) == ("Harbour", ["en"], "Asia/Shanghai")
    assert (told["numbers"], told["menus"]) == ({"1000": "main"}, 1)
    assert (told["live"]["who"], told["live"]["how"]) == ("start", "start")
    assert (told["refused"], told["rolled_back_from"]) == (None, None)
    [kept] = told["versions"]
    assert (kept["version"], kept["live"], kept["files"]) == (first, True, told["files"])


async def test_the_site_with_a_broken_file_and_after_a_rollback(office: Office) -> None:
    first = office.live.site.version
    await save(office, SITE.replace("Hello", "Good day"))
    await save(office, SITE.replace("queue: sales", "queue: sale"))
    told = (await office.ask("/api/v1/site")).body
    second = told["version"]
    assert second != first
    refused = told["refused"]
    assert refused["who"] == "watch"
    assert [(one["line"], one["severity"], one["near"]) for one in refused["problems"]] == [
        (11, "error", "sales")
    ]

    await save(office, SITE.replace("Hello", "Good day"))
    await office.live.rollback("", "ada")
    told = (await office.ask("/api/v1/site")).body
    assert (told["version"], told["rolled_back_from"], told["refused"]) == (first, second, None)
    assert [(one["version"], one["live"]) for one in told["versions"]] == [(second, False), (first, True)]
    assert told["live"]["who"] == "ada"


async def test_calls_are_shown_without_the_callers_number(office: Office) -> None:
    subject = call(office, "c1")
    [shown] = (await office.ask("/api/v1/calls")).body["items"]
    assert (shown["call"], shown["subject"]) == ("c1", subject)
    assert NUMBER not in str(shown)


async def test_agents_and_queues(office: Office) -> None:
    [agent] = (await office.ask("/api/v1/agents", "integration")).body["items"]
    assert (agent["number"], agent["state"], agent["skills"]) == ("1001", "logged_out", {"sales": 4})
    [queue] = (await office.ask("/api/v1/queues", "agent")).body["items"]
    assert queue["name"] == "sales"


async def test_a_record(office: Office) -> None:
    call(office, "c1")
    office.log.append(e.CallEnded(call="c1", outcome="hung_up_in_menu", by="caller", cause="normal"))
    await office.log.flush()
    answer = await office.ask("/api/v1/records/c1", "integration")
    assert (answer.status, answer.body["outcome"]) == (200, "hung_up_in_menu")
    assert NUMBER not in str(answer.body)


async def test_a_record_has_the_curves_of_its_listeners(office: Office) -> None:
    subject = call(office, "c1")
    curves = {"arousal": [0.5, 0.25]}
    for listener, until in (("emotion", 0.0), ("old", 1.0), ("none", 0.0)):
        office.log.append(
            e.ListeningEnded(
                call="c1",
                listener=listener,
                talk="",
                agent="",
                result={"seconds": 9.0},
                heard_s={},
                until=until,
            )
        )
        if listener != "none":
            keep(office.log.vault, subject, "c1", listener, Kept(curves, until))
    office.log.append(e.CallEnded(call="c1", outcome="completed", by="caller", cause="normal"))
    await office.log.flush()
    answer = await office.ask("/api/v1/records/c1", "supervisor")
    assert set(answer.body["listening"]) == {"emotion", "old", "none"}
    assert answer.body["curves"] == {"emotion": curves}
    office.log.vault.erase(subject)
    await office.log.flush()
    assert (await office.ask("/api/v1/records/c1")).body["curves"] == {}
