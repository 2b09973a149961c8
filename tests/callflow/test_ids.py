from callflow.ids import new_call_id, owner_of


def test_ids_sort_by_time_and_differ() -> None:
    ids = [new_call_id(1_790_000_000 + i) for i in range(100)]
    assert ids == sorted(ids)
    assert len({new_call_id(1_790_000_000) for _ in range(1000)}) == 1000


def test_the_owner_of_a_leg_is_the_call_before_the_dash() -> None:
    call = new_call_id(1_790_000_000)
    assert owner_of(f"{call}-a1") == call
    assert owner_of(call) == ""


def test_asterisks_own_ids_have_no_owner() -> None:
    assert owner_of("1790000000.12") == ""
    assert owner_of("ringhall-1790000000.12") == ""
