"""What is taken away, and which tests must then fail. Ids are those of docs/controls.md, some with a word behind."""

from tests.sabotage.control import Control, Edit, Statement, constraint, protection, trigger
from tests.sabotage.edges import FILES, HIDDEN, INSIDES, PEOPLE

SELLING, SHELF, ACCESS = "sales/services/selling.py", "stock/services/shelf.py", "bars/access.py"
GRANTS = "bars/grants.py"  # given again after each migrate: in the database they would not be missing for long
FEEDS, AUTH, TRANSACTIONS = "realtime/feeds.py", "bars/auth.py", "bars/transactions.py"
MINE = "Member.objects.active().filter(user_id=user, bar_id=bar)"

MONEY = [
    Control(
        "C22-prices",
        "the price that was seen is compared with the shelf's",
        Edit(SELLING, "    check_prices(shelf, basket.prices)\n", ""),
        ("tests/sales/test_selling.py::test_a_price_that_has_changed_is_told_and_nothing_written",),
    ),
    Control(
        "C22-discount",
        "a discount has a limit",
        Edit(SELLING, "    if basket.discount > most:\n", "    if False:\n"),
        ("tests/sales/test_selling.py::test_a_discount_above_the_bars_limit_says_how_much_it_may_be",),
    ),
    Control(
        "I03",
        "a sale is the sum of its lines",
        trigger("a_sale_is_the_sum_of_its_lines", "sales_line"),
        ("tests/sales/test_selling.py::test_i03_c22_lines_that_are_not_the_sale_are_refused_by_the_database",),
    ),
    Control(
        "I04",
        "a sale has a line",
        trigger("a_sale_has_a_line", "sales_sale"),
        ("tests/sales/test_selling.py::test_i04_a_sale_without_a_line_is_refused_by_the_database",),
    ),
    Control(
        "I18-sale",
        "the facts of a sale stay",
        protection("facts_stay", "sales_sale"),
        ("tests/sales/test_selling.py::test_i18_the_facts_of_a_sale_stay",),
    ),
    Control(
        "I20",
        "no sale comes from the future",
        constraint("no_sale_comes_from_the_future", "sales_sale"),
        ("tests/sales/test_offline.py::test_i20_a_moment_that_can_not_be_is_refused_by_the_database_too",),
    ),
    Control(
        "I21",
        "the last close is opened first",
        trigger("the_last_close_is_opened_first", "sales_dayclose"),
        ("tests/sales/test_closing.py::test_i21_the_last_close_is_opened_first",),
    ),
    Control(
        "I22",
        "the figures of a close are counted by the database",
        trigger("a_close_counts_the_day", "sales_dayclose"),
        ("tests/sales/test_closing.py::test_i22_figures_written_by_hand_are_not_kept",),
    ),
    Control(
        "C25",
        "a sale goes the way of its life",
        trigger("a_sale_goes_the_way_of_its_life", "sales_sale"),
        ("tests/sales/test_deciding.py::test_c25_the_database_knows_the_life_of_a_sale_too",),
    ),
]
STOCK = [
    Control(
        "I01",
        "what is short is not sold",
        Edit(SHELF, "        if shelf[pk].available < wanted\n", "        if False\n"),
        ("tests/sales/test_selling.py::test_short_stock_names_every_product_and_writes_nothing",),
    ),
    Control(
        "I02",
        "stock is moved by documents alone",
        trigger("stock_is_moved_by_documents", "stock_product"),
        ("tests/stock/test_ledger.py::test_i02_c20_not_by_the_orm_either",),
    ),
    Control(
        "I02-born",
        "a product is born without stock",
        trigger("stock_starts_at_nothing", "stock_product"),
        ("tests/stock/test_ledger.py::test_i02_a_product_is_not_born_with_stock",),
    ),
    Control(
        "I06",
        "no movement without its document",
        trigger("movements_come_from_documents", "stock_movement"),
        ("tests/stock/test_ledger.py::test_i06_c20_a_movement_without_its_document_is_refused",),
    ),
    Control(
        "C20-ledger",
        "the application's role may only add to a ledger",
        Edit(
            GRANTS,
            "for table in (*LEDGERS, *COUNTED, *CHANGEABLE)),",
            "for table in (*COUNTED, *CHANGEABLE)),",
        ),
        ("tests/test_ledgers.py::test_c20_the_application_may_not_change_a_ledger",),
    ),
    Control(
        "C20-stock",
        "the application's role may not write stock",
        Edit(
            GRANTS,
            '("category_id", "name", "sku", "price",',
            '("category_id", "name", "sku", "stock", "price",',
        ),
        ("tests/test_ledgers.py::test_c20_nobody_has_granted_stock_to_the_application",),
    ),
    Control(
        "I14",
        "no more comes back than was sold",
        trigger("no_more_comes_back_than_was_sold", "sales_return"),
        ("tests/sales/test_returns.py::test_i14_no_more_comes_back_than_was_sold_by_psql_too",),
    ),
    Control(
        "I16",
        "bottles are claimed by claims",
        trigger("bottles_are_claimed_by_claims", "sales_consignment"),
        ("tests/sales/test_consignments.py::test_i16_bottles_are_not_conjured_by_psql",),
    ),
    Control(
        "I17",
        "a price is in bounds",
        constraint("price_is_in_bounds", "stock_product"),
        ("tests/stock/test_ledger.py::test_i17_prices_and_costs_stay_in_bounds",),
    ),
    Control(
        "I18-movement",
        "a movement is never changed",
        protection("only_added", "stock_movement"),
        ("tests/test_ledgers.py::test_i18_nobody_changes_a_ledger",),
    ),
]
KEYS = [
    Control(
        "I07",
        "a key sells once in its bar",
        constraint("a_key_sells_once_in_its_bar", "sales_sale"),
        ("tests/races/test_keys.py::test_requests_that_all_wait_for_the_shelf_sell_once_a_key",),
    ),
    Control(
        "I07-cut",
        "a key sells once though its line was cut",
        constraint("a_key_sells_once_in_its_bar", "sales_sale"),
        ("tests/faults/test_cut_points.py::test_f05_a_sale_is_sold_once_wherever_its_line_is_cut",),
    ),
    Control(
        "I09",
        "a key that has sold something else is refused",
        Edit(SELLING, "    if stored.fingerprint != basket.fingerprint(member.user_id):\n", "    if False:\n"),
        ("tests/sales/test_selling.py::test_a_key_that_has_sold_something_else_is_refused",),
    ),
    Control(
        "C24",
        "what Postgres undid is tried again",
        Edit(TRANSACTIONS, "MOST_TRIES = 3\n", "MOST_TRIES = 1\n"),
        ("tests/races/test_keys.py::test_c24_f01_a_sale_whose_backend_is_killed_sells_all_the_same_and_once",),
    ),
    Control(
        "C23",
        "who waits too long is told so",
        Edit(TRANSACTIONS, "                if state == LOCK_NOT_AVAILABLE:\n", "                if False:\n"),
        ("tests/races/test_keys.py::test_c23_f08_a_sale_that_waits_too_long_is_told_to_ask_again_and_writes_nothing",),
    ),
]
JOBS = [
    Control(
        "F22",
        "a job is acknowledged when it is done",
        Edit("config/settings.py", "CELERY_TASK_ACKS_LATE = True\n", "CELERY_TASK_ACKS_LATE = False\n"),
        ("tests/faults/test_jobs.py::test_f22_a_job_whose_worker_is_killed_in_the_middle_is_kept_and_done_once",),
    ),
]
TENANCY = [
    Control(
        "C10",
        "a bar is reached through a membership",
        Edit(ACCESS, MINE, "Member.objects.active().filter(bar_id=bar)"),
        ("tests/bars/test_access.py::test_c10_who_is_no_member_finds_nothing_and_learns_nothing",),
    ),
    Control(
        "C10-removed",
        "a membership that was ended opens nothing",
        Edit(ACCESS, MINE, "Member.objects.filter(user_id=user, bar_id=bar)"),
        ("tests/bars/test_access.py::test_c10_who_is_no_member_finds_nothing_and_learns_nothing",),
    ),
    Control(
        "C10-role",
        "a role that is too low is refused",
        Edit(ACCESS, "if not member.can(permission)]", "if False]"),
        ("tests/bars/test_access.py::test_a_role_that_is_too_low_is_told_so_and_a_stranger_is_not",),
    ),
    Control(
        "C11-line",
        "a line's product is its bar's",
        constraint("sales_line_product_id_in_bar", "sales_line"),
        ("tests/bars/test_tenancy.py::test_c11_sql_cannot_send_a_row_to_another_bar",),
    ),
    Control(
        "C11-movement",
        "a movement's product is its bar's",
        constraint("stock_movement_product_id_in_bar", "stock_movement"),
        ("tests/bars/test_tenancy.py::test_c11_sql_cannot_send_a_row_to_another_bar",),
    ),
    Control(
        "C10-owner",
        "a bar keeps an owner",
        trigger("bars_keep_an_owner", "bars_member"),
        ("tests/bars/test_team.py::test_the_last_owner_stays_for_psql_too",),
    ),
]
REALTIME = [
    Control(
        "I32-gap",
        "what is missing is read from the log",
        Edit(
            FEEDS,
            "            if any(self._lacks(frame) for frame in frames):\n                await self._catch_up()\n",
            "",
        ),
        ("tests/realtime/test_feeds.py::test_i32_whatever_the_layer_does_every_frame_arrives_once_and_in_order",),
    ),
    Control(
        "I32-order",
        "a frame follows the one before",
        Edit(FEEDS, "(frame.epoch, frame.first) == (self.head.epoch, self.head.seq + 1)", "True"),
        ("tests/realtime/test_feeds.py::test_i32_whatever_the_layer_does_every_frame_arrives_once_and_in_order",),
    ),
    Control(
        "I32-heads",
        "a last frame that was lost is found",
        Edit(FEEDS, "            if self.is_behind(head):\n                await self._catch_up()\n", ""),
        ("tests/realtime/test_feeds.py::test_a_lost_last_frame_is_found_by_comparing_heads",),
    ),
    Control(
        "C16",
        "a cursor that does not fit is reset",
        Edit(FEEDS, 'if since.seq > head.seq or (since.epoch not in (head.epoch, "0")):', "if False:"),
        ("tests/realtime/test_feeds.py::test_c16_a_cursor_that_does_not_fit_is_reset",),
    ),
    Control(
        "C31",
        "the queue of a page is bounded",
        Edit("realtime/subscribers.py", "        if self._bytes > MOST_BYTES:\n", "        if False:\n"),
        ("tests/realtime/test_feeds.py::test_c31_a_slow_page_is_closed_and_the_others_go_on",),
    ),
    Control(
        "I10",
        "the numbers of a stream are counted under a lock",
        Statement(
            "DO $$ DECLARE one record; BEGIN FOR one IN SELECT pg_get_functiondef(oid) AS code FROM pg_proc"
            " WHERE prosrc LIKE '%ON CONFLICT (stream) DO UPDATE SET seq = head.seq + excluded.seq%'"
            " LOOP EXECUTE replace(one.code, 'SET seq = head.seq + excluded.seq', 'SET seq = head.seq + 1'); END LOOP;"
            " END $$"
        ),
        (
            "tests/realtime/test_numbering.py::test_i10_c21_eight_writers_leave_no_hole_and_number_in_the_order_of_their_commits",
        ),
    ),
]
LIMITS = [
    Control(
        "C33",
        "requests are counted",
        Edit("realtime/rate.py", "local granted = free_at + share - now <= window", "local granted = true"),
        ("tests/realtime/test_rate.py::test_c33_of_2000_parallel_requests_1000_pass",),
    ),
    Control(
        "C35",
        "a full bar has no place",
        Edit(
            "realtime/limits.py",
            "and not redis.call('ZSCORE', key, lease) then return number end",
            "and false then end",
        ),
        ("tests/realtime/test_limits.py::test_c35_however_many_come_at_once_there_is_room_for_thirty",),
    ),
    Control(
        "C32-depth",
        "a message is not deep",
        Edit("realtime/inbound.py", "    if _is_deeper(frame, DEEPEST):\n", "    if False:\n"),
        ("tests/realtime/test_sending.py::test_c32_nonsense_is_refused",),
    ),
    Control(
        "C32-pace",
        "a socket has an allowance",
        Edit(
            "realtime/allowance.py",
            "        if free_at - now > self._most * self._each + 1e-9:\n",
            "        if False:\n",
        ),
        ("tests/realtime/test_sending.py::test_an_allowance_comes_back_evenly",),
    ),
]
EDGE = [
    Control(
        "C04",
        "a session's request carries the CSRF token",
        Edit(AUTH, "    elif check_csrf(request):\n", "    elif False:\n"),
        ("tests/config/test_api_signing_in.py", "-k", "test_c04"),
    ),
    Control(
        "C06",
        "our own pages alone open the socket",
        Edit("realtime/origins.py", "origins[0] not in settings.TRUSTED_ORIGINS", "False"),
        ("tests/realtime/test_socket.py::test_c06_no_other_page_opens_the_socket",),
    ),
    Control(
        "C40",
        "pages forbid inline code",
        Edit(
            "config/settings.py",
            '        "script-src": [SELF],\n',
            '        "script-src": [SELF, "\'unsafe-inline\'"],\n',
        ),
        ("tests/bars/test_views.py::test_c40_pages_forbid_inline_code_and_frames",),
    ),
    Control(
        "C42",
        "no cell of an export is a formula",
        Edit("stock/files/sheets.py", """    return FORMULA.sub("'", text)\n""", "    return text\n"),
        ("tests/stock/test_product_file.py::test_c42_no_cell_begins_as_a_formula_whatever_parts_the_cells",),
    ),
]
CONTROLS = [*MONEY, *STOCK, *KEYS, *JOBS, *TENANCY, *REALTIME, *LIMITS, *EDGE, *PEOPLE, *INSIDES, *HIDDEN, *FILES]
