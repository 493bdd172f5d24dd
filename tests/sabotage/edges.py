"""Who is let in and how long, what goes out, and what is forgotten."""

from tests.sabotage.control import Control, Edit, Statement, protection

SETTINGS, SESSIONS, CONSUMER = "config/settings.py", "bars/sessions.py", "realtime/consumers.py"
NEXT_USE = "min(whole, clock.now() + timedelta(seconds=settings.SESSION_IDLE))"

PEOPLE = [
    Control(
        "C01",
        "every address is declared",
        Edit(
            "config/urls.py",
            '    path("metrics", metrics),\n',
            '    path("metrics", metrics),\n    path("m", metrics),\n',
        ),
        ("tests/test_matrix.py::test_c01_every_address_stands_in_the_matrix_and_the_other_way_round",),
    ),
    Control(
        "C02-idle",
        "a session ends when it isn't used",
        Edit(SESSIONS, NEXT_USE, "whole"),
        ("tests/bars/test_session_rules.py::test_c02_a_session_that_is_used_goes_on",),
    ),
    Control(
        "C02-whole",
        "a session ends however it is used",
        Edit(SESSIONS, NEXT_USE, NEXT_USE.replace("whole, ", "").removeprefix("min")),
        ("tests/bars/test_session_rules.py::test_c02_however_used_a_session_ends_after_twelve_hours",),
    ),
    Control(
        "C03",
        "the end of a session is told",
        protection("access_ended", "bars_session"),
        ("tests/bars/test_access_changed.py::test_c03_signing_out_is_told",),
    ),
    Control(
        "C03-socket",
        "who has lost access is closed",
        Edit("realtime/hub.py", "        self.guards.saw(stream, types)\n", ""),
        ("tests/realtime/test_revocation.py::test_c03_i24_a_change_of_access_closes_the_socket_within_two_seconds",),
    ),
    Control(
        "C05",
        "guesses at a password are counted",
        Edit("bars/services/guessing.py", "    if _add(debts) < len(debts):\n", "    if False:\n"),
        ("tests/bars/test_guessing.py::test_c05_of_thousands_of_guesses_few_are_tried",),
    ),
    Control(
        "C18",
        "schedules are for superusers",
        Edit("config/admin.py", "request.user.is_active and request.user.is_superuser", "request.user.is_active"),
        ("tests/config/test_admin_abuse.py::test_only_superusers_edit_schedules_and_it_is_written_down",),
    ),
    Control(
        "C19",
        "costs are for those who may see them",
        Edit(
            "stock/api/products.py",
            "    member = membership(request.user, bar_id, Permission.SEE_COSTS)\n",
            "    member = membership(request.user, bar_id)\n",
        ),
        ("tests/test_seen.py::test_c19_a_waiter_is_told_no_cost_and_nothing_of_others_sales",),
    ),
    Control(
        "C37",
        "the first hop that isn't ours is the client",
        Edit("realtime/addresses.py", "next((hop for hop in hops if hop not in proxies), hops[-1])", "hops[-1]"),
        ("tests/realtime/test_rate.py::test_c37_the_first_hop_that_is_not_ours_is_the_client",),
    ),
]
INSIDES = [
    Control(
        "C14",
        "a frame goes to its own stream",
        Edit(
            "realtime/hub.py",
            "                if feed := self.feeds.get(frame.stream):\n                    feed.push(frame)\n",
            "                for feed in self.feeds.values():\n                    feed.push(frame)\n",
        ),
        ("tests/realtime/test_socket.py::test_c14_i32_a_frame_of_one_bar_never_reaches_another",),
    ),
    Control(
        "C15",
        "a client's word is none of our methods",
        Edit(CONSUMER, 'await self.KNOWN[frame["type"]](self, frame)', 'await getattr(self, frame["type"])(frame)'),
        ("tests/realtime/test_sending.py::test_c15_no_name_that_a_client_chooses_reaches_a_handler",),
    ),
    Control(
        "C17",
        "what is kept of a figure is a bar's",
        Edit("realtime/caching.py", 'kept(f"{name}:{stream}"', "kept(name"),
        ("tests/realtime/test_caching.py::test_c17_what_is_kept_of_one_bar_answers_no_other",),
    ),
    Control(
        "C21",
        "products are locked in one order",
        Statement(
            "DO $$ DECLARE code text := pg_get_functiondef('stock_lock'::regproc); BEGIN"
            " EXECUTE replace(replace(code, 'IF queue = ''''', 'IF true'), 'ORDER BY id', 'ORDER BY random()'); END $$"
        ),
        ("tests/races/test_stock.py::test_c21_baskets_in_both_orders_never_deadlock",),
    ),
    Control(
        "C30",
        "a head has an end",
        Edit("config/intake.py", "            if self.head > MOST_HEAD:\n", "            if False:\n"),
        ("tests/config/test_intake.py::test_c30_what_has_no_end_is_refused_and_costs_no_memory",),
    ),
    Control(
        "C34",
        "polling is slow enough for the budget",
        Edit("realtime/streams.py", "POLL_EVERY = 5.0", "POLL_EVERY = 1.0"),
        ("tests/realtime/test_rate.py::test_c34_polling_leaves_most_of_the_budget_to_work_with",),
    ),
    Control(
        "C36",
        "what fails again and again is left for the rung below",
        Edit(
            "realtime/static/realtime/ladder.js",
            "    return this.#failures >= allowed && this.#stepTo(this.#at + 1);\n",
            "    return false;\n",
        ),
        ("tests/js/test_js.py::test_module[ladder.test]",),
    ),
    Control(
        "C45",
        "frames between processes are encrypted",
        Edit(SETTINGS, '            "symmetric_encryption_keys": [SECRET_KEY, *SECRET_KEY_FALLBACKS],\n', ""),
        ("tests/test_asvs.py::test_c45_frames_between_processes_are_encrypted",),
    ),
]
HIDDEN = [  # which failed before anybody saw that they could
    Control(
        "C24-pipeline",
        "who is refused at COMMIT keeps their connection",
        Edit("bars/postgresql/base.py", "not isinstance(error.__cause__, PipelineAborted)", "True"),
        ("tests/races/test_pipeline.py::test_who_is_refused_at_commit_keeps_their_connection",),
    ),
    Control(
        "C30-unread",
        "who leaves an answer unread is cut",
        Edit("config/intake.py", "self.loop.call_later(PATIENCE, self.transport.abort)", "None"),
        ("tests/config/test_intake.py::test_c30_who_leaves_an_answer_unread_is_cut",),
    ),
    Control(
        "F26",
        "what a process dates goes by the database's clock",
        Edit("realtime/clock.py", "datetime.now(UTC) if _Seen.zero is None else", "datetime.now(UTC) if True else"),
        ("tests/faults/test_clocks.py::test_f26_a_sale_is_dated_by_the_database",),
    ),
    Control(
        "F27",
        "a phone's wrong clock is taken off what it dates",
        Edit("sales/api/batch.py", "    behind = _behind(sent_at)\n", "    behind = timedelta(0)\n"),
        ("tests/sales/test_batch.py::test_f27_a_phone_whose_clock_is_wrong_has_sold_at_the_time_that_it_was",),
    ),
    Control(
        "I32-joined",
        "a group counts as joined once an echo has come back through it",
        Edit("realtime/attaching.py", "if await self._hears(stream, heard):", "if True:"),
        ("tests/realtime/test_hub.py::test_a_group_is_joined_once_valkey_has_taken_the_subscription",),
    ),
    Control(
        "I32-anew",
        "a group without an echo is subscribed anew",
        Edit(
            "realtime/attaching.py",
            "                await self.layer.group_discard(group_of(stream), self.channel)\n        finally:\n",
            "        finally:\n",
        ),
        ("tests/realtime/test_hub.py::test_a_group_that_is_subscribed_in_our_own_books_alone_is_subscribed_anew",),
    ),
]
FILES = [
    Control(
        "C43",
        "an import is bounded",
        Edit("stock/files/sheets.py", "        if number > MOST_ROWS:\n", "        if False:\n"),
        ("tests/stock/test_product_file.py::test_c43_ten_thousand_rows_are_read_and_no_more",),
    ),
    Control(
        "C44",
        "no control character is logged",
        Edit("config/logs.py", 'CONTROLS.sub(" ", v) if isinstance(v, str) else v', "v"),
        ("tests/config/test_logging.py::test_c44_nobody_writes_lines_of_their_own",),
    ),
    Control(
        "C46",
        "an error of ours says nothing of our insides",
        Edit("config/problems.py", "problem_response(Internal())", "problem_response(Internal(str(error)))"),
        ("tests/config/test_api.py::test_c46_a_failure_behind_the_edge_is_told_without_its_details",),
    ),
    Control(
        "C47",
        "metrics are for operators",
        Edit("config/metrics.py", "    if address_of(request) not in settings.METRICS_ALLOW:\n", "    if False:\n"),
        ("tests/realtime/test_monitor.py::test_c47_nobody_reads_them_for_where_they_are",),
    ),
    Control(
        "C50",
        "each column with personal data is named",
        Edit("docs/privacy.md", "`sales_consignment.phone`", "a number"),
        ("tests/config/test_privacy.py::test_c50_the_page_names_each_column_that_could_hold_personal_data_once",),
    ),
    Control(
        "C51",
        "who is erased has no address any more",
        Edit("config/erasing/people.py", 'user.email = alias, "", "", ""', 'user.groups_of = alias, "", "", ""'),
        ("tests/config/test_erasing_people.py::test_c51_who_is_erased_leaves_no_trace_but_an_id",),
    ),
    Control(
        "C52",
        "of a bar that has left the admin's trail says nothing",
        Edit("config/erasing/bars.py", "    forget_in_trail(bar)\n", ""),
        ("tests/config/test_erasing_bars.py::test_c52_a_bar_that_leaves_takes_its_books_along_and_is_forgotten",),
    ),
    Control(
        "C53",
        "no backup is kept for longer than what was erased may last",
        Edit("config/management/commands/backup.py", "LONGEST = 35", "LONGEST = 3500"),
        ("tests/config/test_backups.py::test_c53_none_is_kept_for_longer_than_what_was_erased_may_last",),
    ),
]
