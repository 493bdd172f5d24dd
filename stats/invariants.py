"""What is always true of the figures."""

from bars.invariants import Invariant, declare

# Days that are read from a view, and not from where it was made of.
CLEAN = """
        JOIN (SELECT id AS bar_id, stats_counted_until('{view}', id) AS last FROM bars_bar) AS known USING (bar_id)
        WHERE business_date <= known.last AND (bar_id, business_date) NOT IN (
            SELECT dirty.bar_id, dirty.business_date FROM stats_dirtyday AS dirty WHERE dirty.view = '{view}'
        )
"""

declare(
    Invariant(
        "I26",
        "The minutes add up to the validated sales, less the refunds given in them.",
        """
        SELECT bar_id, business_date, minute, roll.sales, roll.revenue, roll.refunds,
               counted.sales AS counted_sales, counted.revenue AS counted_revenue, counted.refunds AS counted_refunds
        FROM (SELECT * FROM stats_salesminute WHERE sales <> 0 OR revenue <> 0 OR refunds <> 0) AS roll
        FULL JOIN (
            SELECT bar_id, business_date, date_trunc('minute', moment, 'UTC') AS minute,
                   sum(sales) AS sales, sum(amount) - sum(refund) AS revenue, sum(refund) AS refunds
            FROM (
                SELECT bar_id, business_date, occurred_at AS moment, 1 AS sales, total AS amount, 0 AS refund
                FROM sales_sale WHERE status = 'validated'
                UNION ALL
                SELECT bar_id, business_date, decided_at, 0, 0, refund
                FROM sales_return WHERE status IN ('approved', 'restocked') AND refund > 0
            ) AS one
            GROUP BY 1, 2, 3
        ) AS counted USING (bar_id, business_date, minute)
        WHERE (roll.sales, roll.revenue, roll.refunds)
            IS DISTINCT FROM (counted.sales, counted.revenue, counted.refunds)
        """,
    ),
    Invariant(
        "I26",
        "The daily summary adds up to the minutes of the days that nobody has touched since its refresh.",
        f"""
        SELECT bar_id, business_date, daily.sales, daily.revenue, daily.refunds,
               minutes.sales AS counted_sales, minutes.revenue AS counted_revenue, minutes.refunds AS counted_refunds
        FROM (SELECT * FROM daily_sales_summary WHERE sales <> 0 OR revenue <> 0 OR refunds <> 0) AS daily
        FULL JOIN (
            SELECT bar_id, business_date, sum(sales) AS sales, sum(revenue) AS revenue, sum(refunds) AS refunds
            FROM stats_salesminute GROUP BY 1, 2 HAVING sum(sales) <> 0 OR sum(revenue) <> 0 OR sum(refunds) <> 0
        ) AS minutes USING (bar_id, business_date)
        {CLEAN.format(view="daily_sales_summary")}
          AND (daily.sales, daily.revenue, daily.refunds)
              IS DISTINCT FROM (minutes.sales, minutes.revenue, minutes.refunds)
        """,
    ),
    Invariant(
        "I26",
        "The top products are the ledger's, on the days that nobody has touched since their refresh.",
        f"""
        SELECT bar_id, business_date, product_id, kept.quantity, kept.revenue, kept.returned, kept.refunds,
               counted.quantity AS counted_quantity, counted.revenue AS counted_revenue,
               counted.returned AS counted_returned, counted.refunds AS counted_refunds
        FROM top_products_by_period AS kept
        FULL JOIN (
            SELECT bar_id, business_date, product_id, sum(quantity) AS quantity, sum(revenue) AS revenue,
                   sum(returned) AS returned, sum(refunds) AS refunds, sum(cost) AS cost
            FROM sales_brought() GROUP BY 1, 2, 3
        ) AS counted USING (bar_id, business_date, product_id)
        {CLEAN.format(view="top_products_by_period")}
          AND (kept.quantity, kept.revenue, kept.returned, kept.refunds, kept.cost)
              IS DISTINCT FROM (counted.quantity, counted.revenue, counted.returned, counted.refunds, counted.cost)
        """,
    ),
)

declare(
    Invariant(
        "I41",
        "The totals of players are the sums of what was recorded.",
        """
        SELECT player_id, game_id, key, kept.total, kept.matches, counted.total AS counted_total,
               counted.matches AS counted_matches
        FROM (SELECT * FROM stats_playertotal WHERE matches <> 0 OR total <> 0) AS kept
        FULL JOIN (
            SELECT record.player_id, record.game_id, one.key, sum(one.value::numeric) AS total, count(*) AS matches
            FROM stats_gamestats AS record
            JOIN stats_gameschema AS schema ON schema.id = record.schema_id
            CROSS JOIN LATERAL jsonb_each(record.stats) AS one
            WHERE (schema.keys -> one.key -> 'ranked')::boolean
            GROUP BY 1, 2, 3
        ) AS counted USING (player_id, game_id, key)
        WHERE (kept.total, kept.matches) IS DISTINCT FROM (counted.total, counted.matches)
        """,
    ),
    Invariant(
        "I41",
        "The records of players are the matches that they have played against somebody.",
        """
        SELECT player_id, game_id, kept.matches, kept.wins, counted.matches AS counted_matches,
               counted.wins AS counted_wins
        FROM (SELECT * FROM stats_playerrecord WHERE matches <> 0 OR wins <> 0) AS kept
        FULL JOIN (
            SELECT entry.player_id, tournament.game_id, count(*) AS matches,
                   count(*) FILTER (
                       WHERE (match.winner, entry.id) IN (('home', match.home_id), ('away', match.away_id))
                   ) AS wins
            FROM stats_match AS match
            JOIN stats_tournament AS tournament ON tournament.id = match.tournament_id
            JOIN stats_entry AS entry ON entry.id IN (match.home_id, match.away_id)
            WHERE match.outcome = 'played' AND match.away_id IS NOT NULL
            GROUP BY 1, 2
        ) AS counted USING (player_id, game_id)
        WHERE (kept.matches, kept.wins) IS DISTINCT FROM (counted.matches, counted.wins)
        """,
    ),
    Invariant(
        "I41",
        "What was recorded holds what its schema knows, of a match that is live or was played.",
        """
        SELECT record.id, one.key
        FROM stats_gamestats AS record
        JOIN stats_gameschema AS schema ON schema.id = record.schema_id
        JOIN stats_match AS match ON match.id = record.match_id
        LEFT JOIN LATERAL jsonb_each(record.stats) AS one ON true
        WHERE NOT (match.state = 'live' OR match.outcome = 'played')
           OR NOT stats_fits(one.value, schema.keys -> one.key ->> 'type')
        """,
    ),
    Invariant(
        "I42",
        "Who plays in a later round of a cup has come there.",
        "SELECT astray AS match FROM stats_astray(NULL, 0, 0) AS astray",
    ),
    Invariant(
        "I42",
        "Of a drawn tournament everybody has one seat, and meets whom the draw says.",
        """
        SELECT tournament.id, 'seats' AS what
        FROM stats_tournament AS tournament
        JOIN stats_entry AS entry ON entry.tournament_id = tournament.id
        WHERE tournament.status IN ('running', 'finished') AND entry.seat IS NOT NULL
        GROUP BY tournament.id HAVING max(entry.seat) <> count(*)
        UNION ALL
        SELECT tournament.id, 'first round'
        FROM stats_tournament AS tournament
        JOIN stats_entry AS entry ON entry.tournament_id = tournament.id
        LEFT JOIN stats_match AS match
            ON match.tournament_id = tournament.id AND match.round = 1 AND entry.id IN (match.home_id, match.away_id)
        WHERE tournament.status IN ('running', 'finished') AND tournament.format = 'elimination'
          AND entry.seat IS NOT NULL
        GROUP BY tournament.id, entry.id HAVING count(match.id) <> 1
        UNION ALL
        SELECT tournament.id, 'meetings'
        FROM stats_tournament AS tournament
        JOIN stats_entry AS entry ON entry.tournament_id = tournament.id
        JOIN stats_entry AS other ON other.tournament_id = tournament.id AND other.seat > entry.seat
        LEFT JOIN stats_match AS match
            ON match.tournament_id = tournament.id
           AND (entry.id, other.id) IN ((match.home_id, match.away_id), (match.away_id, match.home_id))
        WHERE tournament.status IN ('running', 'finished') AND tournament.format = 'round_robin'
        GROUP BY tournament.id, entry.id, other.id HAVING count(match.id) <> 1
        """,
    ),
    Invariant(
        "I42",
        "A live score is the sum of its score events.",
        """
        SELECT match.id, match.home_score, match.away_score
        FROM stats_match AS match
        LEFT JOIN stats_scoreevent AS event ON event.match_id = match.id
        WHERE match.state = 'live'
        GROUP BY match.id
        HAVING (match.home_score, match.away_score) <> (
            coalesce(sum(event.points) FILTER (WHERE event.side = 'home'), 0),
            coalesce(sum(event.points) FILTER (WHERE event.side = 'away'), 0)
        )
        """,
    ),
)
